import Glibc
import Testing
import Threads

/// What a thread of our own is like.
struct OwnThreadTests {
    /// What `look` finds on a new thread.
    private func onThread<Found: Sendable>(
        _ name: StaticString, _ look: @escaping @Sendable () -> Found
    ) async -> Found {
        await withCheckedContinuation { continuation in
            OwnThread.start(name) { continuation.resume(returning: look()) }
        }
    }

    @Test func `it has its name where the system shows threads`() async {
        let name = await onThread("tocsin-journals") {
            let file = open("/proc/thread-self/comm", O_RDONLY)
            defer { close(file) }
            return [UInt8](unsafeUninitializedCapacity: 64) { bytes, count in
                count = max(0, read(file, bytes.baseAddress, bytes.count))
            }
        }
        #expect(String(decoding: name, as: UTF8.self) == "tocsin-journals\n")
    }

    @Test func `signals are for other threads`() async {
        let isBlocked = await onThread("test") {
            var blocked = sigset_t()
            pthread_sigmask(SIG_BLOCK, nil, &blocked)
            return sigismember(&blocked, SIGTERM) == 1 && sigismember(&blocked, SIGHUP) == 1
        }
        #expect(isBlocked)
    }
}
