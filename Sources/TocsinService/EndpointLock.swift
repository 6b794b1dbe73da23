import Glibc

/// The right to an ipc endpoint: an exclusive lock on a file beside the socket.
///
/// libzmq takes an ipc endpoint over from another process, and tells neither of them: it removes the socket's file and
/// makes it anew. The lock lives as long as this value or the process. The file stays, for a second process to find.
final class EndpointLock: Sendable {
    private let descriptor: CInt

    /// Locks the endpoint whose socket is at `path`.
    ///
    /// - Throws: ``ServiceError/endpoint(_:)`` if another process has it.
    init(path: String) throws(ServiceError) {
        let file = path + ".lock"
        descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else {
            throw .endpoint("The lock file \(file) cannot be opened: \(String(cString: strerror(errno))).")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw .endpoint(Endpoints.inUse("ipc://" + path))
        }
    }

    deinit {
        close(descriptor)
    }
}
