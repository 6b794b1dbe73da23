/// The address of an answer: a ROUTER's name for a connection, and the connection's use of a delimiter frame.
public struct Peer: Hashable, Sendable {
    public var identity: PeerIdentity
    /// True if an empty frame stands between identity and header, as REQ sockets send and expect.
    public var isDelimited: Bool

    public init(identity: PeerIdentity, isDelimited: Bool = false) {
        self.identity = identity
        self.isDelimited = isDelimited
    }
}

/// The identity frame of a ROUTER: up to 255 bytes, or 5 bytes if the peer chose none.
///
/// Identities of up to 7 bytes are packed into one word, so that the usual ones cost no allocation:
///
///     byte 0      1 … 7
///     length      the identity, zeros after it
public enum PeerIdentity: Hashable, Sendable {
    case short(UInt64)
    case long([UInt8])

    public init(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count <= 7 else {
            self = .long([UInt8](bytes))
            return
        }
        var word = UInt64(bytes.count)
        for (index, byte) in bytes.enumerated() { word |= UInt64(byte) << (8 * (UInt64(index) + 1)) }
        self = .short(word)
    }

    public init(_ bytes: [UInt8]) {
        self = bytes.withUnsafeBytes { PeerIdentity($0) }
    }

    /// Calls `body` with the identity's bytes.
    public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        switch self {
        case .short(let word):
            var content = (word >> 8).littleEndian
            let count = Int(word & 0xff)
            return try withUnsafeBytes(of: &content) { try body(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        case .long(let bytes):
            return try bytes.withUnsafeBytes(body)
        }
    }
}
