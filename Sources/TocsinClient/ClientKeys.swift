package import ZeroMQ

/// The keys of a client whose broker demands them (CURVE, RFC 26). They are used at `tcp` endpoints alone.
///
/// The description hides them from logs.
public struct ClientKeys: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
    private let pair: CurveKeyPair
    private let broker: CurvePublicKey

    /// - Parameters:
    ///   - secret: the client's secret key, 40 characters of Z85.
    ///   - broker: the broker's public key, 40 characters of Z85.
    /// - Throws: ``ClientError/connection(_:)`` for what is no key.
    public init(secret: String, broker: String) throws(ClientError) {
        do throws(ZeroMQError) {
            pair = try CurveKeyPair(secretKey: CurveSecretKey(z85: secret))
            self.broker = try CurvePublicKey(z85: broker)
        } catch {
            throw .connection("A key is 40 characters of Z85: \(error)")
        }
    }

    /// Takes keys that have been read.
    package init(_ pair: CurveKeyPair, broker: CurvePublicKey) {
        self.pair = pair
        self.broker = broker
    }

    public var description: String { "ClientKeys" }

    public var customMirror: Mirror { Mirror(self, children: []) }

    /// Sets up a socket before it connects to an endpoint.
    func set(on socket: borrowing Socket, for endpoint: String) throws(ZeroMQError) {
        guard endpoint.hasPrefix("tcp://") else { return }
        try socket.setCurveClient(pair, server: broker)
    }
}
