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
        guard text.lastIndex(of: ":").flatMap({ UInt16(text[text.index(after: $0)...]) }) != nil else {
            return .other("no connection can be made")
        }
        // To look the name up may take longer than anybody wants to wait here.
        return withAddress(text) { reason($0, $1, $1.count) }
            ?? .other("the name is not known, or nobody listens there")
    }

    /// Calls `body` with the family and the bytes of a numeric address; nil for another one.
    private static func withAddress<Value>(
        _ text: Substring, _ body: (CInt, UnsafeRawBufferPointer) -> Value
    ) -> Value? {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        let host = String(text[..<colon].filter { $0 != "[" && $0 != "]" })
        var four = sockaddr_in()
        four.sin_family = sa_family_t(AF_INET)
        four.sin_port = port.bigEndian
        if inet_pton(AF_INET, host == "localhost" ? "127.0.0.1" : host, &four.sin_addr) == 1 {
            return withUnsafeBytes(of: &four) { body(AF_INET, $0) }
        }
        var six = sockaddr_in6()
        six.sin6_family = sa_family_t(AF_INET6)
        six.sin6_port = port.bigEndian
        guard inet_pton(AF_INET6, host, &six.sin6_addr) == 1 else { return nil }
        return withUnsafeBytes(of: &six) { body(AF_INET6, $0) }
    }

    /// Returns the security that whoever listens at a `tcp` endpoint demands, from its greeting (ZMTP, RFC 23): `NULL` or
    /// `CURVE`. Nil if no greeting of ZMTP 3 comes soon.
    static func mechanism(at endpoint: String) -> String? {
        guard endpoint.hasPrefix("tcp://") else { return nil }
        return withAddress(endpoint.dropFirst(6)) { family, address in
            greeting(family, address).map { String(decoding: $0[12..<32].prefix { $0 != 0 }, as: UTF8.self) }
        } ?? nil
    }

    /// The length of a greeting: 10 bytes of signature, two of version, 20 of mechanism, one of role, and zeros.
    private static let greetingBytes = 64

    private static func greeting(_ family: CInt, _ address: UnsafeRawBufferPointer) -> [UInt8]? {
        let descriptor = socket(family, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        // The time holds for connecting and sending, and for each time of reading.
        var patience = timeval(tv_sec: 0, tv_usec: Int(patience) * 1000)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, size)
        let isConnected = address.withMemoryRebound(to: sockaddr.self) {
            connect(descriptor, $0.baseAddress, socklen_t(address.count)) == 0
        }
        // Signature and version. The other side answers these with the whole of its greeting; of another mechanism it would
        // end the connection instead.
        let own: [UInt8] = [0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 0]
        guard isConnected, send(descriptor, own, own.count, CInt(MSG_NOSIGNAL)) == own.count else { return nil }
        var greeting = [UInt8](repeating: 0, count: greetingBytes)
        var count = 0
        while count < greetingBytes {
            let more = greeting.withUnsafeMutableBytes { buffer in
                recv(
                    descriptor, UnsafeMutableRawBufferPointer(rebasing: buffer[count...]).baseAddress,
                    buffer.count - count, 0)
            }
            guard more > 0 else { return nil }
            count += more
        }
        return greeting[0] == 0xff && greeting[10] >= 3 ? greeting : nil
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
