import Glibc
import TocsinJournal
import TocsinModel

/// The steps by which a backup takes the journal's place. A process that is killed on the way leaves the present
/// journal or the backup.
///
/// The backup becomes `journal.restored.sqlite` once it is whole and synced. From then on it is the journal. The
/// present files are moved into a folder of their own, and the backup gets its name. The next process that uses the
/// folder completes these steps before anything else.
extension StateFolder {
    enum RestoreStep: Hashable {
        case folderMade
        case moved(String)
        case placed
    }

    /// The files that are moved away. The main file goes last, because the others mean nothing without it.
    private var files: [String] { ["journal.sqlite-shm", "journal.sqlite-wal", "journal.tail", "journal.sqlite"] }

    /// Completes a restore, if one was begun.
    ///
    /// - Parameter goesOn: For tests, called after each step. False ends the restore there, as kill -9 would.
    /// - Returns: The folder of the journal that was moved away, or nil if there was none.
    @discardableResult
    func completeRestore(goesOn: (RestoreStep) -> Bool = { _ in true }) throws(JournalError) -> String? {
        guard let since = Self.timeOfChange(restored) else { return nil }
        // Each attempt uses the same name.
        let aside = "\(path)/before-restore-\(since)"
        let present = files.filter { access("\(path)/\($0)", F_OK) == 0 }
        if !present.isEmpty {
            guard mkdir(aside, 0o750) == 0 || errno == EEXIST else { throw .unwritable(aside, "made", errno) }
            if let owner = FileOwner(of: path) { _ = chown(aside, owner.user, owner.group) }
            try syncFolder(path)
            guard goesOn(.folderMade) else { throw .interrupted }
        }
        for name in present {
            try move("\(path)/\(name)", to: "\(aside)/\(name)")
            guard goesOn(.moved(name)) else { throw .interrupted }
        }
        let isMoved = access(aside, F_OK) == 0
        if isMoved { try syncFolder(aside) }
        try move(restored, to: journal)
        guard goesOn(.placed) else { throw .interrupted }
        try syncFolder(path)
        return isMoved ? aside : nil
    }

    /// Returns the time of a file's last change, as a part of a name, or nil if the file is not there.
    private static func timeOfChange(_ path: String) -> String? {
        var information = stat()
        guard stat(path, &information) == 0 else { return nil }
        let milliseconds = Int64(information.st_mtim.tv_sec) * 1000 + Int64(information.st_mtim.tv_nsec) / 1_000_000
        return "\(Timestamp(milliseconds: milliseconds))".replacing(":", with: "-")
    }
}
