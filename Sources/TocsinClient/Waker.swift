import Glibc
import Synchronization

/// Wakes the one thread that polls `descriptor`. Any thread may wake it, any number of times.
///
/// Only the first `wake` since the last `clear` costs a system call.
final class Waker: Sendable {
    /// The descriptor, readable while the thread has been woken.
    let descriptor: CInt

    private let writeEnd: CInt
    private let isAwake = Atomic(false)

    init() throws(ClientError) {
        var ends: [CInt] = [-1, -1]
        // This is a socket pair, because a pipe cannot be made closed to child processes in one call here.
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
        // No result to check: there is room for many bytes, and a thread that has ended needs no waking.
        while write(writeEnd, &byte, 1) == -1, errno == EINTR {}
    }

    /// Clears the wake. The polling thread calls this before it looks for the reason, so that later wakes are not lost.
    func clear() {
        var bytes: (UInt64, UInt64) = (0, 0)
        while read(descriptor, &bytes, MemoryLayout.size(ofValue: bytes)) == -1, errno == EINTR {}
        isAwake.store(false, ordering: .sequentiallyConsistent)
    }
}
