import Testing
import TocsinCore
import TocsinModel

/// A civil clock that is wrong, or is set: see the decision about two clocks.
struct ClockTests {
    private let hour = Duration.seconds(3600)
    private let bothSteps = ["leader unanswered", "chief unanswered"]

    @Test(arguments: [1, 24 * 365])
    func `a report that was stored with the clock ahead escalates in its own time after a start`(hours: Int) throws {
        var harness = try Harness()
        harness.setWallClock(by: hour * hours)
        harness.report("r-1")
        try harness.restart(after: hour * -hours)
        harness.advance(.milliseconds(59_999))
        #expect(harness.escalations.isEmpty)
        harness.advance(.milliseconds(1))
        #expect(harness.escalations == ["leader unanswered"])
        harness.advance(.seconds(120))
        #expect(harness.escalations == bothSteps)
    }

    @Test func `a report that was stored with the clock behind escalates at once after a start`() throws {
        var harness = try Harness()
        harness.setWallClock(by: hour * -1)
        harness.report("r-1")
        try harness.restart(after: hour)
        harness.handle(.tick)
        #expect(harness.escalations == bothSteps)
    }

    @Test(arguments: [-24, 24])
    func `a clock that is set while the daemon runs moves no step, also when the journal fails after it`(
        hours: Int
    ) throws {
        var harness = try Harness()
        harness.report("r-1")
        harness.advance(.seconds(20))
        harness.setWallClock(by: hour * hours)
        try harness.rebuild()
        harness.advance(.milliseconds(39_999))
        #expect(harness.escalations.isEmpty)
        harness.advance(.milliseconds(1))
        #expect(harness.escalations == ["leader unanswered"])
        try harness.rebuild()
        harness.advance(.milliseconds(119_999))
        #expect(harness.escalations == ["leader unanswered"])
        harness.advance(.milliseconds(1))
        #expect(harness.escalations == bothSteps)
    }

    @Test func `an incident that is open again, because its end was lost with the journal, keeps its times`() throws {
        var harness = try Harness()
        harness.report("r-1")
        harness.advance(.seconds(20))
        harness.setWallClock(by: hour * 24)
        harness.commitsAtOnce = false
        harness.close(1)
        try harness.rebuild()
        harness.commitsAtOnce = true
        harness.advance(.milliseconds(39_999))
        #expect(harness.escalations.isEmpty)
        harness.advance(.milliseconds(1))
        #expect(harness.escalations == ["leader unanswered"])
    }

    @Test func `times are kept while the journal cannot be opened`() throws {
        var harness = try Harness()
        harness.report("r-1")
        harness.advance(.seconds(20))
        harness.setWallClock(by: hour * 24)
        harness.failJournal()
        harness.pipeline.notReopened(now: harness.now.uptime)
        try harness.reopenJournal()
        harness.probeJournal()
        harness.advance(.milliseconds(39_999))
        #expect(harness.escalations.isEmpty)
        harness.advance(.milliseconds(1))
        #expect(harness.escalations == ["leader unanswered"])
    }

    @Test(arguments: [-1_000_000_000_000_000, 1_000_000_000_000_000] as [Int64])
    func `a time thousands of years away is taken as very old or as now`(milliseconds: Int64) throws {
        var harness = try Harness()
        harness.now.wall = Timestamp(milliseconds: milliseconds)
        harness.report("r-1")
        harness.now.wall = Timestamp(milliseconds: 0)
        try harness.restart()
        harness.handle(.tick)
        #expect(harness.escalations.isEmpty == (milliseconds > 0))
    }
}
