import Glibc

/// A service manager's end of the notify protocol: a datagram socket in a folder of its own.
///
/// A datagram on a Unix socket is there as soon as the send returns, so nothing here waits.
final class NotifySocket {
    let path: String
    private let folder: String
    private let descriptor: Int32

    init() throws {
        folder = try temporaryFolder()
        path = folder + "/notify"
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        guard descriptor >= 0 else { throw TestError(call: "socket", code: errno) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else { throw TestError(call: "bind", code: errno) }
    }

    deinit {
        close(descriptor)
        unlink(path)
        rmdir(folder)
    }

    /// The lines of the next message, or nil if none has come.
    func receive() -> [String]? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        guard count >= 0 else { return nil }
        return String(decoding: buffer[..<count], as: UTF8.self).split(separator: "\n").map(String.init)
    }
}

struct TestError: Error {
    let call: String
    let code: Int32
}

/// Makes a new, empty folder.
func temporaryFolder() throws -> String {
    var template = Array("/tmp/tocsin-systemd-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw TestError(call: "mkdtemp", code: errno) }
    return template.withUnsafeBufferPointer { buffer in
        buffer.baseAddress.map { String(cString: $0) } ?? ""
    }
}
