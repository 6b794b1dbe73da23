import Glibc
import TocsinModel

/// Checks that the journal's disk has room, and that its file system keeps what was synced.
enum DiskCheck {
    private static let leastFreePercent = 5.0

    /// Looks at the journal's folder, or at the nearest one over it if it is not there.
    static func finding(_ folder: String, mounts: String) -> [Finding] {
        var status = statvfs()
        var path = folder
        while statvfs(path, &status) != 0 {
            guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex else {
                return [.unknown("disk", "\(folder): \(String(cString: strerror(errno)))", "Run 'sudo tocsin doctor'.")]
            }
            path = String(path[..<slash])
        }
        let free = UInt64(status.f_bavail) * UInt64(status.f_frsize)
        let size = UInt64(status.f_blocks) * UInt64(status.f_frsize)
        return [
            room(path, free: free, size: size, isReadOnly: status.f_flag & UInt(ST_RDONLY) != 0),
            fileSystem(path, type(of: path, in: mounts)),
        ]
    }

    static func room(_ path: String, free: UInt64, size: UInt64, isReadOnly: Bool = false) -> Finding {
        guard !isReadOnly else {
            return .todo(
                "disk", "\(path) is on a file system that is mounted read-only",
                "'dmesg' says why; 'mount -o remount,rw' once that is mended.")
        }
        let percent = size > 0 ? Double(free) / Double(size) * 100 : 0
        let text = "\(byteCount(free)) of \(byteCount(size)) free at \(path)"
        guard free >= UInt64(Limits.scarceBytes), percent >= leastFreePercent else {
            return .todo("disk", text, "Make room: a full disk refuses reports.")
        }
        return .ok("disk", text)
    }

    static func fileSystem(_ path: String, _ type: String?) -> Finding {
        switch type {
        case nil: return .unknown("file system", "of \(path): not named in /proc/self/mountinfo")
        case "tmpfs"?, "ramfs"?:
            return .todo(
                "file system", "\(path) is on \(type ?? ""), which a reboot empties",
                "Put the journal's folder on a disk: 'state' in the configuration.")
        case let type? where type.hasPrefix("nfs") || type.hasPrefix("fuse") || ["cifs", "smb3", "9p"].contains(type):
            return .todo(
                "file system", "\(path) is on \(type), which need not keep locks and what was synced",
                "Put the journal's folder on a local disk: 'state' in the configuration.")
        case let type?: return .ok("file system", "\(type) at \(path)")
        }
    }

    /// The type of the file system that a path is on, by the lines of /proc/self/mountinfo (proc(5)).
    static func type(of path: String, in mounts: String) -> String? {
        var best: (point: String, type: String)?
        for line in mounts.split(separator: "\n") {
            let fields = line.split(separator: " ").map(String.init)
            guard fields.count > 4, let dash = fields.firstIndex(of: "-"), fields.count > dash + 1 else { continue }
            let point = fields[4].replacing("\\040", with: " ")
            let isAbove = point == "/" || path == point || path.hasPrefix(point + "/")
            // Of two mounts at one point the later one is seen.
            if isAbove, point.count >= best?.point.count ?? 0 { best = (point, fields[dash + 1]) }
        }
        return best?.type
    }
}
