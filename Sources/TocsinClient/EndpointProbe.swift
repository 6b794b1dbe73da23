import Glibc

/// Asks the system why no connection to an endpoint can be made.
enum EndpointProbe {
    /// How long an address may take to answer; a loopback needs microseconds.
    private static let patience: CInt = 100

    /// What stands in the way; nil where a connection can be made.
    static func reason(at endpoint: String) -> Absence.Reason? {
        if endpoint.hasPrefix("ipc://") { return reason(atPath: String(endpoint.dropFirst(6))) }
        if endpoint.hasPrefix("tcp://") { return reason(atAddress: endpoint.dropFirst(6)) }
        return .other("no connection can be made")
    }

    private static func reason(atPath path: String) -> Absence.Reason? {
        // A name that begins with @ is in no file system (unix(7), abstract).
        let isAbstract = path.hasPrefix("@")
        if !isAbstract {
            var status = stat()
            guard stat(path, &status) == 0 else { return reason(errno) }
            guard status.st_mode & S_IFMT == S_IFSOCK else { return .notASocket }
        }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var bytes = Array(path.utf8)
        if isAbstract { bytes[0] = 0 }
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return .missing }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let length = MemoryLayout<sa_family_t>.size + bytes.count + (isAbstract ? 0 : 1)
        return withUnsafeBytes(of: &address) { reason(AF_UNIX, $0, length) }
    }

    private static func reason(atAddress text: Substring) -> Absence.Reason? {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return .other("no connection can be made")
        }
        let host = String(text[..<colon].filter { $0 != "[" && $0 != "]" })
        var four = sockaddr_in()
        four.sin_family = sa_family_t(AF_INET)
        four.sin_port = port.bigEndian
        if inet_pton(AF_INET, host == "localhost" ? "127.0.0.1" : host, &four.sin_addr) == 1 {
            return withUnsafeBytes(of: &four) { reason(AF_INET, $0, $0.count) }
        }
        var six = sockaddr_in6()
        six.sin6_family = sa_family_t(AF_INET6)
        six.sin6_port = port.bigEndian
        if inet_pton(AF_INET6, host, &six.sin6_addr) == 1 {
            return withUnsafeBytes(of: &six) { reason(AF_INET6, $0, $0.count) }
        }
        // To look the name up may take longer than anybody wants to wait here.
        return .other("the name is not known, or nobody listens there")
    }

    /// Connects, and closes at once.
    private static func reason(_ family: CInt, _ address: UnsafeRawBufferPointer, _ length: Int) -> Absence.Reason? {
        let descriptor = socket(family, CInt(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return reason(errno) }
        defer { close(descriptor) }
        let result = address.withMemoryRebound(to: sockaddr.self) {
            connect(descriptor, $0.baseAddress, socklen_t(length))
        }
        // EAGAIN: a local socket whose owner has not taken the last connections yet.
        guard result != 0, errno != EAGAIN else { return nil }
        guard errno == EINPROGRESS else { return reason(errno) }
        var member = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        guard poll(&member, 1, patience) > 0 else { return .silent }
        var code: CInt = 0
        var size = socklen_t(MemoryLayout<CInt>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size)
        return code == 0 ? nil : reason(code)
    }

    private static func reason(_ code: CInt) -> Absence.Reason {
        switch code {
        case ENOENT, ENOTDIR: .missing
        case EACCES, EPERM: .notPermitted
        case ECONNREFUSED: .notListening
        default: .other(String(cString: strerror(code)))
        }
    }
}
