import Glibc
import Synchronization

/// Wakes the one thread that polls `descriptor`; any thread may wake it, as often as it likes.
///
/// Only the first `wake` since the last `clear` costs a system call.
final class Waker: Sendable {
    /// Readable while somebody has woken the thread.
    let descriptor: CInt

    private let writeEnd: CInt
    private let isAwake = Atomic(false)

    init() throws(ClientError) {
        var ends: [CInt] = [-1, -1]
        // A socket pair, because a pipe cannot be made closed to child processes in one call here.
        let kind = CInt(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            throw .connection("socketpair: \(String(cString: strerror(errno)))")
        }
        descriptor = ends[0]
        writeEnd = ends[1]
    }

    deinit {
        close(descriptor)
        close(writeEnd)
    }

    func wake() {
        guard !isAwake.exchange(true, ordering: .acquiringAndReleasing) else { return }
        var byte: UInt8 = 1
        // Nothing to check: there is room for many bytes, and a thread that has ended needs no waking.
        while write(writeEnd, &byte, 1) == -1, errno == EINTR {}
    }

    /// For the polling thread, before it looks at what it was woken for: what comes later wakes it again.
    func clear() {
        var bytes: (UInt64, UInt64) = (0, 0)
        while read(descriptor, &bytes, MemoryLayout.size(ofValue: bytes)) == -1, errno == EINTR {}
        isAwake.store(false, ordering: .sequentiallyConsistent)
    }
}
