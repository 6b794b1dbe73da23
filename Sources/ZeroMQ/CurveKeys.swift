import CZeroMQ

/// A CURVE public key (RFC 26) of 32 bytes. Its text has 40 characters of Z85 (RFC 32).
public struct CurvePublicKey: Hashable, Sendable, CustomStringConvertible {
    /// The key's text.
    public let z85: String

    /// Creates a key from its text.
    ///
    /// - Throws: `.invalidArgument` for anything but 40 characters of Z85.
    public init(z85: String) throws(ZeroMQError) {
        self.z85 = try CurveKeyPair.checkedKey(z85)
    }

    public var description: String { z85 }
}

/// A CURVE secret key. Its description hides it from logs; `z85` is for the file that stores it.
public struct CurveSecretKey: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
    /// The key's text.
    public let z85: String

    /// Creates a key from its text.
    ///
    /// - Throws: `.invalidArgument` for anything but 40 characters of Z85.
    public init(z85: String) throws(ZeroMQError) {
        self.z85 = try CurveKeyPair.checkedKey(z85)
    }

    public var description: String { "CurveSecretKey" }

    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// The two keys of a station. The public key is told to others, the secret key to nobody.
public struct CurveKeyPair: Hashable, Sendable {
    public let publicKey: CurvePublicKey
    public let secretKey: CurveSecretKey

    /// Creates a pair from a secret key, whose public key is computed.
    ///
    /// - Throws: `.notSupported` where this libzmq has no CURVE.
    public init(secretKey: CurveSecretKey) throws(ZeroMQError) {
        var text = [CChar](repeating: 0, count: CurveKeyPair.textSize)
        try check(zmq_curve_public(&text, secretKey.z85), "zmq_curve_public")
        self.publicKey = try CurvePublicKey(z85: CurveKeyPair.string(text))
        self.secretKey = secretKey
    }

    private init(publicKey: CurvePublicKey, secretKey: CurveSecretKey) {
        self.publicKey = publicKey
        self.secretKey = secretKey
    }

    /// Generates a pair from the system's source of randomness.
    ///
    /// - Throws: `.notSupported` where this libzmq has no CURVE.
    public static func generate() throws(ZeroMQError) -> CurveKeyPair {
        var (publicText, secretText) = ([CChar](repeating: 0, count: textSize), [CChar](repeating: 0, count: textSize))
        try check(zmq_curve_keypair(&publicText, &secretText), "zmq_curve_keypair")
        return CurveKeyPair(
            publicKey: try CurvePublicKey(z85: string(publicText)),
            secretKey: try CurveSecretKey(z85: string(secretText)))
    }

    /// 32 bytes are 40 characters of Z85, plus a zero at the end.
    private static let textSize = 41

    private static func string(_ text: [CChar]) -> String {
        String(decoding: text.prefix(textSize - 1).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    fileprivate static func checkedKey(_ z85: String) throws(ZeroMQError) -> String {
        var key = [UInt8](repeating: 0, count: 32)
        // The length is checked first, as decoding writes as many bytes as the text encodes.
        guard z85.utf8.count == textSize - 1, !z85.utf8.contains(0), zmq_z85_decode(&key, z85) != nil else {
            throw ZeroMQError(code: .invalidArgument, call: "zmq_z85_decode", subject: "a key of 40 characters")
        }
        return z85
    }
}

/// CURVE and authentication. Set these before binding or connecting.
extension Socket {
    /// Encrypts all connections to this socket, and proves to peers that it has the key. A ZAP handler (RFC 27) at
    /// `inproc://zeromq.zap.01` decides which peers are let in. Without one, everybody who knows the public key is.
    ///
    /// - Throws: `.invalidArgument` where this libzmq has no CURVE.
    public func setCurveServer(_ secretKey: CurveSecretKey) throws(ZeroMQError) {
        try set(ZMQ_CURVE_SERVER, true, "ZMQ_CURVE_SERVER")
        try set(ZMQ_CURVE_SECRETKEY, [UInt8](secretKey.z85.utf8), "ZMQ_CURVE_SECRETKEY")
    }

    /// Encrypts this socket's connections, proves that it has the keys, and accepts only a server with its own key.
    ///
    /// - Throws: `.invalidArgument` where this libzmq has no CURVE.
    public func setCurveClient(_ keys: CurveKeyPair, server: CurvePublicKey) throws(ZeroMQError) {
        try set(ZMQ_CURVE_SERVERKEY, [UInt8](server.z85.utf8), "ZMQ_CURVE_SERVERKEY")
        try set(ZMQ_CURVE_PUBLICKEY, [UInt8](keys.publicKey.z85.utf8), "ZMQ_CURVE_PUBLICKEY")
        try set(ZMQ_CURVE_SECRETKEY, [UInt8](keys.secretKey.z85.utf8), "ZMQ_CURVE_SECRETKEY")
    }

    /// Sets the domain that the ZAP handler is told: 1–255 characters. With one, the handler is asked of every
    /// connection, also of those without CURVE. While there is no handler nobody is let in.
    public func setZAPDomain(_ domain: String) throws(ZeroMQError) {
        try set(ZMQ_ZAP_DOMAIN, [UInt8](domain.utf8), "ZMQ_ZAP_DOMAIN")
        try set(CInt(TOCSIN_ZMQ_ZAP_ENFORCE_DOMAIN), true, "ZMQ_ZAP_ENFORCE_DOMAIN")
    }
}
