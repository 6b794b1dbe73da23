import Glibc

/// A TCP connection down to its bytes (ZMTP 3.0, rfc.zeromq.org/spec/23): for what no libzmq socket would do, such as to
/// fall silent or never to end a message.
final class RawConnection {
    private let descriptor: CInt

    /// Connects, and says nothing yet.
    init(to endpoint: String) throws {
        let type = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
        descriptor = try TestFailure.check(socket(AF_INET, type, 0), "socket")
        var patience = timeval(tv_sec: Patience.milliseconds / 1000, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        try TestFailure.check(setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, size), "setsockopt")
        try TestFailure.check(setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, size), "setsockopt")
        guard let port = endpoint.split(separator: ":").last.flatMap({ UInt16($0) }) else {
            throw TestFailure("\(endpoint) has no port.")
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        let result = withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try TestFailure.check(result, "connect")
    }

    deinit {
        close(descriptor)
    }

    /// Says what it is, as a socket of libzmq would, and waits until the other side has done so.
    func shakeHands(as type: String = "DEALER", identity: [UInt8] = []) throws {
        let greeting =
            [0xff] + [UInt8](repeating: 0, count: 8) + [0x7f, 3, 0] + Array("NULL".utf8)
            + [UInt8](repeating: 0, count: 48)
        let ready =
            Array("\u{5}READY\u{b}Socket-Type\u{0}\u{0}\u{0}".utf8) + [UInt8(type.utf8.count)] + Array(type.utf8)
            + (identity.isEmpty ? [] : [8] + Array("Identity".utf8) + [0, 0, 0, UInt8(identity.count)] + identity)
        guard send(greeting + [4, UInt8(ready.count)] + ready) else { throw TestFailure("Nobody is there.") }
        // Its greeting, then READY: flags, length, and so many bytes.
        let begin = try receive(exactly: greeting.count + 2)
        _ = try receive(exactly: begin.last.map { Int($0) } ?? 0)
    }

    /// Whether the other side speaks; false when it ends the connection instead.
    func isServed() throws -> Bool { try receive(1) > 0 }

    /// Reads, and answers nothing, until the other side has ended the connection.
    func waitForEnd() throws {
        while try receive(4096) > 0 {}
    }

    /// Sends all of it; false when the other side has ended the connection.
    func send(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress?.advanced(by: sent), $0.count - sent, CInt(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    /// A frame after which another of the same message follows.
    static func unfinishedFrame(_ body: [UInt8]) -> [UInt8] {
        //  ┌─────────┬───────────┬──────┐
        //  │ flags 1 │ length 8  │ body │   flags: bit 0 more follow, bit 1 the length has 8 bytes
        //  └─────────┴───────────┴──────┘
        [3] + (0..<8).reversed().map { UInt8(truncatingIfNeeded: body.count >> ($0 * 8)) } + body
    }

    private func receive(exactly size: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: size)
        guard recv(descriptor, &bytes, size, CInt(MSG_WAITALL)) == size else {
            throw TestFailure("The connection was not let in.")
        }
        return bytes
    }

    private func receive(_ size: Int) throws -> Int {
        var bytes = [UInt8](repeating: 0, count: size)
        let count = recv(descriptor, &bytes, size, 0)
        guard count >= 0 || errno == ECONNRESET else {
            throw TestFailure("recv: \(String(cString: strerror(errno)))")
        }
        return max(0, count)
    }
}
