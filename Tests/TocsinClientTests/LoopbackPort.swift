import Glibc
import Testing

/// A TCP port of the loopback that nobody else gets, until it is released.
final class LoopbackPort: Sendable {
    let descriptor: CInt
    let endpoint: String

    /// - Parameter waiting: How many may wait to be accepted; nil for a port at which nobody listens.
    init(waiting: CInt? = nil) throws {
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        self.descriptor = descriptor
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, length) == 0 && (waiting.map { listen(descriptor, $0) == 0 } ?? true)
                    && getsockname(descriptor, address, &length) == 0
            }
        }
        endpoint = "tcp://127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
        try #require(isBound)
    }

    deinit { close(descriptor) }
}
