import Testing
import TocsinAccess

struct ReportRatesTests {
    private let handheld = PrincipalNumber(value: 1), gateway = PrincipalNumber(value: 2)

    private func rates(clients: String? = nil, senders: String? = nil, mostSenders: Int = 100) -> ReportRates {
        ReportRates(
            ofClients: clients.flatMap { Rate($0) }, ofSenders: senders.flatMap { Rate($0) }, mostSenders: mostSenders)
    }

    /// How many reports are taken at a time.
    private func taken(
        _ rates: inout ReportRates, _ client: PrincipalNumber, own: String? = nil, sender: String = "a",
        isUrgent: Bool = false, at uptime: Int64 = 0
    ) -> Int {
        (0..<10_000).first { _ in
            rates.take(client, own: own.flatMap { Rate($0) }, sender: sender, isUrgent: isUrgent, at: uptime) != nil
        } ?? -1
    }

    @Test func `a client's own rate goes before the one of all, and nobody in particular has none`() {
        var rates = rates(clients: "5/s")
        #expect(taken(&rates, handheld, own: "2/s") == 2)
        #expect(taken(&rates, gateway) == 5)
        #expect(taken(&rates, .anybody) == -1)
        #expect(rates.take(gateway, own: nil, sender: "b", isUrgent: false, at: 0)?.whose == .client)
        #expect(rates.take(handheld, own: Rate("2/s"), sender: "b", isUrgent: false, at: 0)?.whose == .entry)
    }

    @Test func `a sender is held for each client by itself, and what is urgent passes`() {
        var rates = rates(senders: "3/s")
        #expect(taken(&rates, gateway, sender: "a") == 3 && taken(&rates, gateway, sender: "b") == 3)
        #expect(taken(&rates, handheld, sender: "a") == 3 && taken(&rates, .anybody, sender: "a") == 3)
        #expect(taken(&rates, gateway, sender: "a", isUrgent: true) == 30)
        let excess = rates.take(gateway, own: nil, sender: "a", isUrgent: true, at: 0)
        #expect(excess?.whose == .sender && excess?.wait == 34)
        #expect(taken(&rates, gateway, sender: "a", at: 1_000) == 3)
    }

    @Test func `a report that is refused for one rate uses nothing of the other`() {
        var rates = rates(clients: "4/s", senders: "3/s")
        #expect(taken(&rates, gateway, sender: "a") == 3)
        // A thousand refusals of one sender leave the client what it has.
        for _ in 0..<1000 { _ = rates.take(gateway, own: nil, sender: "a", isUrgent: false, at: 0) }
        #expect(taken(&rates, gateway, sender: "b") == 1)
        // And those of the client leave the sender what it has.
        #expect(taken(&rates, gateway, sender: "b", at: 250) == 1 && taken(&rates, gateway, sender: "b", at: 500) == 1)
    }

    @Test func `senders without a bucket share one for each client, until others' are full again`() {
        var rates = rates(senders: "2/m", mostSenders: 10)
        for number in 0..<9 { #expect(taken(&rates, gateway, sender: "sender-\(number)") == 2) }
        #expect(taken(&rates, handheld, sender: "a") == 2)
        #expect(taken(&rates, gateway, sender: "one more") == 2 && taken(&rates, gateway, sender: "and another") == 0)
        #expect(taken(&rates, handheld, sender: "b") == 2 && taken(&rates, handheld, sender: "c") == 0)
        // A minute later all are full, and make room.
        for number in 0..<9 { #expect(taken(&rates, gateway, sender: "later-\(number)", at: 60_000) == 2) }
    }

    @Test func `whoever is out is forgotten`() {
        var rates = rates(clients: "1/h", senders: "2/h")
        #expect(taken(&rates, handheld) == 1 && taken(&rates, .anybody) == 2)
        rates.keep { _ in false }
        #expect(taken(&rates, handheld) == 1 && taken(&rates, .anybody) == 0)
    }
}
