import Testing
import Threads

/// Threads that wait for others.
struct SemaphoreTests {
    @Test func `as many waits return as there were signals`() {
        let semaphore = Semaphore()
        semaphore.signal()
        semaphore.signal()
        semaphore.wait()
        #expect(semaphore.wait(for: .seconds(-1)))
        #expect(!semaphore.wait(for: .zero))
    }

    @Test func `a signal of another thread ends a wait`() async throws {
        let (asked, answered) = (Semaphore(), Semaphore())
        try OwnThread.start("test") {
            asked.wait()
            answered.signal()
        }
        #expect(!answered.wait(for: .milliseconds(1)))
        asked.signal()
        let isAnswered = try await OwnThread.run("test") { answered.wait(for: .seconds(300)) }
        #expect(isAnswered)
    }

    @Test func `a wait without a signal ends with its time`() {
        let (semaphore, begin) = (Semaphore(), ContinuousClock.now)
        #expect(!semaphore.wait(for: .milliseconds(20)))
        #expect(ContinuousClock.now - begin >= .milliseconds(20))
    }
}
