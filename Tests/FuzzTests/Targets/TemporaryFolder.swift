import Foundation

/// A folder that is gone with its value. It is in memory where the system has such a place: what is tried here thousands of
/// times has nothing to do with disks.
final class TemporaryFolder {
    let path: String

    init() throws {
        let memory = "/dev/shm"
        let place = FileManager.default.isWritableFile(atPath: memory) ? memory : NSTemporaryDirectory()
        path = "\(place)/tocsin-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }
}
