import Testing
import TocsinModel

@testable import TocsinService

struct FeedSubscriptionsTests {
    private var subscriptions = FeedSubscriptions()

    private mutating func take(_ first: UInt8, _ topic: String) -> Bool {
        ([first] + Array(topic.utf8)).withUnsafeBytes { subscriptions.take($0) }
    }

    @Test mutating func `too many are told, and an end makes room`() {
        let cost = Limits.feedSubscriptionCost + 8
        let most = Limits.feedSubscriptionBytes / cost
        let taken = (0..<most).count { take(1, "\($0 + 1_000_000)") }
        #expect(taken == most && subscriptions.bytes == most * cost)
        let isTaken = take(0, "1000000")
        #expect(isTaken && subscriptions.bytes == (most - 1) * cost)
        let isTakenAgain = take(1, "1000000")
        #expect(isTakenAgain && subscriptions.bytes == most * cost)
        let isTooMuchTaken = take(1, String(repeating: "x", count: cost))
        #expect(!isTooMuchTaken)
    }

    @Test mutating func `the end of what never began makes no room, and the same one twice counts once`() {
        let ends = (0..<1000).count { take(0, "never-\($0)") }
        #expect(ends == 1000 && subscriptions.bytes == 0)
        let begins = (0..<2).count { _ in take(1, "incident/") }
        #expect(begins == 2 && subscriptions.bytes == Limits.feedSubscriptionCost + 10)
        let ended = (0..<2).count { _ in take(0, "incident/") }
        #expect(ended == 2 && subscriptions.bytes == 0)
    }

    @Test mutating func `what is no subscription is told`() {
        let isOther = take(2, "incident/")
        let isEmpty = subscriptions.take(UnsafeRawBufferPointer(start: nil, count: 0))
        #expect(!isOther && !isEmpty)
    }

    @Test mutating func `what has begun is taken once, by who subscribes to refusals`() {
        let refusals = Array("refused/".utf8)
        let begun = (0..<3).count { take(1, "\($0)") }
        let ended = take(0, "1")
        #expect(begun == 3 && ended)
        let tooEarly = subscriptions.takeRecent(ifSubscribedTo: refusals)
        let asks = take(1, "refused/")
        #expect(tooEarly.isEmpty && asks)
        let recent = subscriptions.takeRecent(ifSubscribedTo: refusals)
        #expect(recent == [Array("0".utf8), Array("2".utf8)])
        let again = subscriptions.takeRecent(ifSubscribedTo: refusals)
        #expect(again.isEmpty)
    }
}
