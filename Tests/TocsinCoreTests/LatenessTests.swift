import Testing

@testable import TocsinCore

/// What has arrived is read before time passes, where the loop stood still.
@Suite struct LatenessTests {
    @Test func `a tick in time is not held up`() {
        var lateness = Lateness()
        let tick1 = lateness.allowsTick(due: 1000, now: 1000, isRead: false)
        #expect(tick1)
        let tick2 = lateness.allowsTick(due: 1000, now: 1000 + Lateness.late - 1, isRead: false)
        #expect(tick2)
        #expect(lateness.nextTick(2000) == 2000)
    }

    @Test func `a late tick waits until what has arrived is read, and so do not those that follow it`() {
        var lateness = Lateness()
        let now: Int64 = 60_000
        let tick3 = lateness.allowsTick(due: 1000, now: now, isRead: true)
        #expect(!tick3)
        #expect(lateness.nextTick(1000) == now + Lateness.pause)
        let tick4 = lateness.allowsTick(due: 1000, now: now + Lateness.pause - 1, isRead: true)
        #expect(!tick4)
        let tick5 = lateness.allowsTick(due: 1000, now: now + Lateness.pause, isRead: false)
        #expect(!tick5)
        let tick6 = lateness.allowsTick(due: 1000, now: now + Lateness.pause + 5, isRead: true)
        #expect(tick6)
        let tick7 = lateness.allowsTick(due: 1001, now: now + Lateness.pause + 6, isRead: true)
        #expect(tick7)
        // In time again, and then another pause.
        let tick8 = lateness.allowsTick(due: 61_000, now: 61_000, isRead: false)
        #expect(tick8)
        let tick9 = lateness.allowsTick(due: 62_000, now: 90_000, isRead: true)
        #expect(!tick9)
    }

    @Test func `peers that go on sending do not hold up time for ever`() {
        var lateness = Lateness()
        let tick10 = lateness.allowsTick(due: 1000, now: 60_000, isRead: false)
        #expect(!tick10)
        let tick11 = lateness.allowsTick(due: 1000, now: 60_000 + Lateness.longestPause, isRead: false)
        #expect(tick11)
    }
}
