import Glibc

/// A service manager's end of the notify protocol (sd_notify(3)): what a daemon says about itself.
final class NotifySocket {
    let path: String
    let descriptor: Int32

    init(path: String) throws {
        self.path = path
        let type = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        descriptor = try TestFailure.check(socket(AF_UNIX, type, 0), "socket")
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try TestFailure.check(result, "bind \(path)")
    }

    deinit {
        close(descriptor)
        unlink(path)
    }

    /// The assignments of the next message, which must be there.
    func receive() throws -> [String] {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let result = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        let count = try TestFailure.check(Int32(result), "recv")
        return String(decoding: buffer[..<Int(count)], as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
