import Glibc

/// Checks that the broker's folders are there and closed to strangers.
enum FolderCheck {
    /// The journal's folder: nobody but the broker's user may read it.
    static func state(_ path: String) -> Finding {
        var status = stat()
        guard stat(path, &status) == 0 else { return missing("state", path, errno) }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            return .todo("state", "\(path) is no folder", "Name another folder in the configuration's 'state'.")
        }
        guard status.st_mode & 0o007 == 0 else {
            return .todo(
                "state", "\(path) is open to everybody (\(mode(status)))",
                "'chmod o-rwx \(path)': reports name people and places.")
        }
        return .ok("state", "\(path), \(mode(status)), of \(owner(status))")
    }

    /// The control socket's folder, and the socket.
    static func runtime(_ folder: String, socket: String) -> Finding {
        var status = stat()
        guard stat(socket, &status) == 0 else {
            let code = errno
            guard code == ENOENT, stat(folder, &status) == 0 else { return missing("control socket", folder, code) }
            return .ok("control socket", "\(folder), \(mode(status)), of \(owner(status)); no socket yet")
        }
        guard access(socket, R_OK | W_OK) == 0 else {
            return .todo(
                "control socket", "\(socket), \(mode(status)), of \(owner(status)), is not open to \(Environment.user)",
                "'sudo usermod -aG \(group(status)) \(Environment.user)', and log in again.")
        }
        guard status.st_mode & 0o002 == 0 || isClosed(folder) else {
            return .todo(
                "control socket", "\(socket) is open to everybody (\(mode(status)))",
                "'chmod o-rwx \(folder)': whoever reaches it may close incidents.")
        }
        return .ok("control socket", "\(socket), \(mode(status)), of \(owner(status))")
    }

    private static func isClosed(_ folder: String) -> Bool {
        var status = stat()
        return stat(folder, &status) == 0 && status.st_mode & 0o001 == 0
    }

    private static func missing(_ subject: String, _ path: String, _ code: Int32) -> Finding {
        switch code {
        case EACCES:
            .unknown(subject, "\(path) cannot be looked at by \(Environment.user)", "Run 'sudo tocsin doctor'.")
        case ENOENT:
            .todo(
                subject, "\(path) is not there",
                "The unit makes it ('systemctl start tocsind'); otherwise make it for the broker's user alone.")
        default: .unknown(subject, "\(path): \(String(cString: strerror(code)))")
        }
    }

    private static func mode(_ status: stat) -> String { String(status.st_mode & 0o7777, radix: 8) }

    private static func owner(_ status: stat) -> String {
        let user = getpwuid(status.st_uid).map { String(cString: $0.pointee.pw_name) } ?? "uid \(status.st_uid)"
        return "\(user):\(group(status))"
    }

    private static func group(_ status: stat) -> String {
        getgrgid(status.st_gid).map { String(cString: $0.pointee.gr_name) } ?? "gid \(status.st_gid)"
    }
}
