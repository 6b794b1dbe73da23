import Testing
import ZeroMQ

struct RouterTests {
    @Test func `a message to an unknown identity is unreachable when routing is mandatory`() throws {
        let context = try Context()
        let router = try makeSocket(.router, in: context)
        try router.setRouterMandatory(true)
        try router.bind(to: "inproc://alerts")
        let outcome = try router.send(multipart: ["nobody".bytes, "alert".bytes], wait: false)
        #expect(outcome == .unreachable)

        // The router is not left inside that message.
        let dealer = try makeDealer("fire", in: context)
        try dealer.connect(to: "inproc://alerts")
        try catchUp(router)
        try router.sendText("fire", "alert")
        let received = try dealer.receiveText()
        #expect(received == ["alert"])
    }

    @Test func `a message to an unknown identity vanishes when routing is not mandatory`() throws {
        let context = try Context()
        let router = try makeSocket(.router, in: context)
        try router.bind(to: "inproc://alerts")
        let outcome = try router.send(multipart: ["nobody".bytes, "alert".bytes], wait: false)
        #expect(outcome == .sent)
    }

    @Test func `a full peer would block and takes messages again once it has read`() throws {
        let context = try Context()
        let router = try makeSocket(.router, in: context)
        try router.setRouterMandatory(true)
        try router.setSendHighWaterMark(2)
        try router.bind(to: "inproc://alerts")
        let dealer = try makeDealer("fire", in: context)
        try dealer.setReceiveHighWaterMark(2)
        try dealer.connect(to: "inproc://alerts")

        func send() throws -> SendOutcome {
            try router.send(multipart: ["fire".bytes, "alert".bytes], wait: false)
        }
        // Over inproc the two marks add up.
        for _ in 0..<4 {
            let outcome = try send()
            #expect(outcome == .sent)
        }
        let full = try send()
        #expect(full == .wouldBlock)

        for _ in 0..<4 {
            let received = try dealer.receiveText()
            #expect(received == ["alert"])
        }
        try catchUp(router)
        let again = try send()
        #expect(again == .sent)
        let received = try dealer.receiveText()
        #expect(received == ["alert"])
    }

    @Test func `a message that was not taken is unchanged`() throws {
        let context = try Context()
        let router = try makeSocket(.router, in: context)
        try router.setRouterMandatory(true)
        try router.bind(to: "inproc://alerts")
        var identity = try Message(copying: String(repeating: "nobody", count: 20).utf8)
        let outcome = try router.send(&identity, more: true, wait: false)
        let shared = try router.send(sharing: &identity, more: true, wait: false)
        let left = identity.bytes
        #expect(outcome == .unreachable)
        #expect(shared == .unreachable)
        #expect(left == String(repeating: "nobody", count: 20).bytes)
    }

    @Test func `a peer that comes back takes its identity over when handover is on`() throws {
        let context = try Context()
        let router = try makeSocket(.router, in: context)
        try router.setRouterMandatory(true)
        try router.setRouterHandover(true)
        let endpoint = try router.bindLoopback()
        let old = try makeDealer("fire", in: context)
        try old.connect(to: endpoint)
        try old.sendText("JOIN old")
        let first = try router.receiveText()
        #expect(first == ["fire", "JOIN old"])

        let new = try makeDealer("fire", in: context)
        try new.connect(to: endpoint)
        try new.sendText("JOIN new")
        let second = try router.receiveText()
        #expect(second == ["fire", "JOIN new"])

        try router.sendText("fire", "alert")
        let received = try new.receiveText()
        #expect(received == ["alert"])
        let nothing = try old.receiveMultipart(wait: false)
        #expect(nothing == nil)
    }

    @Test func `a dealer without a peer would block`() throws {
        let context = try Context()
        let dealer = try makeSocket(.dealer, in: context)
        let outcome = try dealer.send("hello".bytes, wait: false)
        #expect(outcome == .wouldBlock)
    }

    /// Has the router learn now of peers that came and queues that emptied: sends in quick succession do not look.
    private func catchUp(_ router: borrowing Socket) throws {
        _ = try router.events
    }
}
