import Glibc

extension TextFile {
    /// Replaces a file's content in one step: whoever reads it has the one or the other, also after a power failure. Mode
    /// and owner stay; a link stays one, and the file that it leads to is replaced.
    ///
    /// - Parameters:
    ///   - path: the file's path.
    ///   - before: the content that the file must still have.
    ///   - bytes: the new content.
    /// - Throws: a ``Problem`` if it has other content by now, or cannot be replaced. Then it is as it was.
    public static func replace(_ path: String, _ before: [UInt8], by bytes: [UInt8]) throws(Problem) {
        guard let resolved = realpath(path, nil) else { throw Problem(path, code: errno) }
        let target = String(cString: resolved)
        free(resolved)
        var status = stat()
        guard stat(target, &status) == 0 else { throw Problem(path, code: errno) }
        let folder = target.lastIndex(of: "/").map { String(target[..<$0]) } ?? "."
        let temporary = "\(target).new-\(getpid())"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw Problem(replacing: path, "no file can be made beside it: \(String(cString: strerror(errno)))")
        }
        defer {
            close(descriptor)
            unlink(temporary)
        }
        guard fchown(descriptor, status.st_uid, status.st_gid) == 0 || isOwned(descriptor, as: status) else {
            throw Problem(replacing: path, "this user may not give the new file to its owner; do it as root")
        }
        guard write(bytes, to: descriptor), fchmod(descriptor, status.st_mode & 0o7777) == 0, fsync(descriptor) == 0
        else {
            throw Problem(replacing: path, String(cString: strerror(errno)))
        }
        guard try self.bytes(target) == before else {
            throw Problem(replacing: path, "somebody has changed it meanwhile; look at it, and try again")
        }
        guard rename(temporary, target) == 0 else {
            throw Problem(replacing: path, String(cString: strerror(errno)))
        }
        // A folder that cannot be synced has the new name all the same.
        let directory = open(folder.isEmpty ? "/" : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if directory >= 0 {
            fsync(directory)
            close(directory)
        }
    }

    private static func isOwned(_ descriptor: Int32, as wanted: stat) -> Bool {
        var status = stat()
        return fstat(descriptor, &status) == 0 && status.st_uid == wanted.st_uid && status.st_gid == wanted.st_gid
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 || count < 0 && errno == EINTR else { return false }
            rest = rest.dropFirst(max(count, 0))
        }
        return true
    }
}
