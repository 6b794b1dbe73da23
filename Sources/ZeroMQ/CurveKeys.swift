import CZeroMQ

/// A CURVE public key (RFC 26): 32 bytes, in text 40 characters of Z85 (RFC 32).
public struct CurvePublicKey: Hashable, Sendable, CustomStringConvertible {
    /// The key in text.
    public let z85: String

    /// Takes a key in text.
    ///
    /// - Throws: `.invalidArgument` for anything but 40 characters of Z85.
    public init(z85: String) throws(ZeroMQError) {
        self.z85 = try CurveKeyPair.checkedKey(z85)
    }

    public var description: String { z85 }
}

/// A CURVE secret key. It does not show itself in logs; `z85` is for the file that keeps it.
public struct CurveSecretKey: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
    /// The key in text.
    public let z85: String

    /// Takes a key in text.
    ///
    /// - Throws: `.invalidArgument` for anything but 40 characters of Z85.
    public init(z85: String) throws(ZeroMQError) {
        self.z85 = try CurveKeyPair.checkedKey(z85)
    }

    public var description: String { "CurveSecretKey" }

    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// A station's two keys: the public one is told to others, the secret one to nobody.
public struct CurveKeyPair: Hashable, Sendable {
    public let publicKey: CurvePublicKey
    public let secretKey: CurveSecretKey

    /// Takes a secret key and works its public key out.
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

    /// Makes a new pair from the system's source of randomness.
    ///
    /// - Throws: `.notSupported` where this libzmq has no CURVE.
    public static func generate() throws(ZeroMQError) -> CurveKeyPair {
        var (publicText, secretText) = ([CChar](repeating: 0, count: textSize), [CChar](repeating: 0, count: textSize))
        try check(zmq_curve_keypair(&publicText, &secretText), "zmq_curve_keypair")
        return CurveKeyPair(
            publicKey: try CurvePublicKey(z85: string(publicText)),
            secretKey: try CurveSecretKey(z85: string(secretText)))
    }

    /// 32 bytes are 40 characters of Z85, and a zero at the end.
    private static let textSize = 41

    private static func string(_ text: [CChar]) -> String {
        String(decoding: text.prefix(textSize - 1).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    fileprivate static func checkedKey(_ z85: String) throws(ZeroMQError) -> String {
        var key = [UInt8](repeating: 0, count: 32)
        // The length first: decoding writes as much as the text asks for.
        guard z85.utf8.count == textSize - 1, !z85.utf8.contains(0), zmq_z85_decode(&key, z85) != nil else {
            throw ZeroMQError(code: .invalidArgument, call: "zmq_z85_decode", subject: "a key of 40 characters")
        }
        return z85
    }
}

/// CURVE and who may come in. Set these before binding or connecting.
extension Socket {
    /// Encrypts all connections to this socket, and proves to them that it has the key. Whom it lets in is for a ZAP
    /// handler (RFC 27) at `inproc://zeromq.zap.01` to say; without one, everybody who knows the public key.
    ///
    /// - Throws: `.invalidArgument` where this libzmq has no CURVE.
    public func setCurveServer(_ secretKey: CurveSecretKey) throws(ZeroMQError) {
        try set(ZMQ_CURVE_SERVER, true, "ZMQ_CURVE_SERVER")
        try set(ZMQ_CURVE_SECRETKEY, [UInt8](secretKey.z85.utf8), "ZMQ_CURVE_SECRETKEY")
    }

    /// Encrypts this socket's connections, proves that it has the keys, and accepts no server that has not its own.
    ///
    /// - Throws: `.invalidArgument` where this libzmq has no CURVE.
    public func setCurveClient(_ keys: CurveKeyPair, server: CurvePublicKey) throws(ZeroMQError) {
        try set(ZMQ_CURVE_SERVERKEY, [UInt8](server.z85.utf8), "ZMQ_CURVE_SERVERKEY")
        try set(ZMQ_CURVE_PUBLICKEY, [UInt8](keys.publicKey.z85.utf8), "ZMQ_CURVE_PUBLICKEY")
        try set(ZMQ_CURVE_SECRETKEY, [UInt8](keys.secretKey.z85.utf8), "ZMQ_CURVE_SECRETKEY")
    }

    /// The domain that the ZAP handler is told: 1–255 characters. A CURVE server with none asks the handler too.
    public func setZAPDomain(_ domain: String) throws(ZeroMQError) {
        try set(ZMQ_ZAP_DOMAIN, [UInt8](domain.utf8), "ZMQ_ZAP_DOMAIN")
    }
}
