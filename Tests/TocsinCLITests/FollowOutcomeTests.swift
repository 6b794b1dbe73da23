import Testing
import TocsinModel
import TocsinWire

@testable import tocsin

@Suite struct FollowOutcomeTests {
    private func progress(_ state: AlertState, _ recipient: String, by: String?, _ note: String? = nil) -> Progress {
        Progress(
            event: .alert(state), at: Timestamp(milliseconds: 0), recipient: Recipient(recipient),
            number: AlertNumber(1), person: by.map { Person(by: $0, note: note) })
    }

    @Test func `who resolved each alert is told, and a closing once for all`() {
        var outcome = FollowOutcome()
        outcome.take(progress(.acknowledged, "fire", by: "Wang"))
        outcome.take(progress(.resolved, "fire", by: "王警官", "已扑灭"))
        outcome.take(progress(.cancelled, "gas", by: "Li", "twice"))
        outcome.take(progress(.cancelled, "ems", by: "Li", "twice"))
        let told = outcome.lines(style: .plain)
        #expect(told.count == 2)
        #expect(told[0].hasPrefix("Outcome: resolved by 王警官 (fire) at ") && told[0].hasSuffix(": “已扑灭”"))
        #expect(told[1].hasPrefix("Outcome: closed by Li at ") && told[1].hasSuffix(": “twice”"))
    }

    @Test func `states without a person are no outcome`() {
        var outcome = FollowOutcome()
        outcome.take(progress(.resolved, "fire", by: nil))
        #expect(outcome.lines(style: .plain) == [])
    }
}
