import Glibc
import TocsinConfiguration

/// Tells whether a folder's file system is read-only, and whether the mount is through which this process sees it.
///
/// The two differ in a mount namespace, as a unit with `ProtectSystem=` has one. Its mounts are copies, and the copy of a
/// read-only mount stays read-only when that one is mounted for writing.
struct MountState: Hashable, Sendable {
    var isMountReadOnly: Bool
    var isFileSystemReadOnly: Bool

    /// True if others may write there, and this process may not.
    var isShutOut: Bool { isMountReadOnly && !isFileSystemReadOnly }

    /// Nil if the system does not tell.
    init?(of folder: String) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        guard let folder = try? TextFile.read("/proc/self/fdinfo/\(descriptor)"),
            let mounts = try? TextFile.read("/proc/self/mountinfo")
        else { return nil }
        self.init(folder: folder, mounts: mounts)
    }

    /// - Parameters:
    ///   - folder: The lines of /proc/self/fdinfo about the open folder.
    ///   - mounts: The lines of /proc/self/mountinfo. See proc(5).
    init?(folder: String, mounts: String) {
        let words = folder.split(separator: "\n").first { $0.hasPrefix("mnt_id:") }?.split(
            whereSeparator: \.isWhitespace)
        guard let id = words?.last else { return nil }
        for mount in mounts.split(separator: "\n") {
            let fields = mount.split(separator: " ")
            guard fields.first == id, let dash = fields.firstIndex(of: "-"), dash > 5, fields.count > dash + 3 else {
                continue
            }
            isMountReadOnly = fields[5].split(separator: ",").contains("ro")
            isFileSystemReadOnly = fields[dash + 3].split(separator: ",").contains("ro")
            return
        }
        return nil
    }
}
