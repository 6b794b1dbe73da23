import Glibc
import Testing
import Threads

/// What a thread of our own is like.
struct OwnThreadTests {
    @Test func `it has its name where the system shows threads`() async throws {
        let name = try await OwnThread.run("tocsin-journals") {
            let file = open("/proc/thread-self/comm", O_RDONLY)
            defer { close(file) }
            return [UInt8](unsafeUninitializedCapacity: 64) { bytes, count in
                count = max(0, read(file, bytes.baseAddress, bytes.count))
            }
        }
        #expect(String(decoding: name, as: UTF8.self) == "tocsin-journals\n")
    }

    @Test func `signals are for other threads`() async throws {
        let isBlocked = try await OwnThread.run("test") {
            var blocked = sigset_t()
            pthread_sigmask(SIG_BLOCK, nil, &blocked)
            return sigismember(&blocked, SIGTERM) == 1 && sigismember(&blocked, SIGHUP) == 1
        }
        #expect(isBlocked)
    }
}
