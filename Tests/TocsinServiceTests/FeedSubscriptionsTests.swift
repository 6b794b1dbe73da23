import Testing
import TocsinModel

@testable import TocsinService

struct FeedSubscriptionsTests {
    private func take(_ subscriptions: inout FeedSubscriptions, _ first: UInt8, _ topic: String) -> Bool {
        ([first] + Array(topic.utf8)).withUnsafeBytes { subscriptions.take($0) }
    }

    @Test func `too many are told, and an end makes room`() {
        var subscriptions = FeedSubscriptions()
        let most = Limits.feedSubscriptionBytes / (Limits.feedSubscriptionCost + 8)
        for number in 0..<most { #expect(take(&subscriptions, 1, "\(number + 1_000_000)")) }
        let full = subscriptions.bytes
        #expect(take(&subscriptions, 0, "1000000") && subscriptions.bytes < full)
        #expect(take(&subscriptions, 1, "1000000") && subscriptions.bytes == full)
        #expect(!take(&subscriptions, 1, String(repeating: "x", count: 200)))
    }

    @Test func `the end of what never began makes no room, and the same one twice counts once`() {
        var subscriptions = FeedSubscriptions()
        for number in 0..<1000 { #expect(take(&subscriptions, 0, "never-\(number)")) }
        #expect(subscriptions.bytes == 0)
        for _ in 0..<2 { #expect(take(&subscriptions, 1, "incident/")) }
        let one = subscriptions.bytes
        #expect(one > 0)
        for _ in 0..<2 { #expect(take(&subscriptions, 0, "incident/")) }
        #expect(subscriptions.bytes == 0)
    }

    @Test func `what is no subscription is told`() {
        var subscriptions = FeedSubscriptions()
        #expect(!take(&subscriptions, 2, "incident/"))
        #expect(!subscriptions.take(UnsafeRawBufferPointer(start: nil, count: 0)))
    }
}
