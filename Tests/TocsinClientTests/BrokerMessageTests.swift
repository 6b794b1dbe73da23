import Testing
import TocsinModel
import TocsinWire

struct BrokerMessageTests {
    private func alerts(_ text: String) throws -> AlertsAnswer {
        try Array(text.utf8).withUnsafeBytes { try AlertsAnswer(header: $0) }
    }

    private func reports(_ text: String) throws -> ReportsAnswer {
        try Array(text.utf8).withUnsafeBytes { try ReportsAnswer(header: $0) }
    }

    private func control(_ text: String) throws -> ControlAnswer {
        try Array(text.utf8).withUnsafeBytes { try ControlAnswer(header: $0) }
    }

    @Test func `what a broker says on the alerts endpoint is read`() throws {
        let fire = try recipient("fire")
        let number = AlertNumber(17)
        #expect(try alerts("TIP1 JOINED fire") == .joined(fire))
        #expect(try alerts("TIP1 ALERT fire 17") == .alert(fire, number))
        #expect(try alerts("TIP1 CONFIRMED fire 17 enRoute") == .confirmed(fire, number, .enRoute))
        #expect(try alerts("TIP1 TAKEN fire 17") == .taken(fire, number))
        #expect(try alerts("TIP1 OK fire") == .ok(fire))
        #expect(try alerts("TIP1 REFUSED fire notJoined") == .refused(fire, .notJoined))
        #expect(try alerts("TIP1 REFUSED - malformed") == .refused(nil, .malformed))
        #expect(try alerts("TIP1 PING 17") == .ping("17"))
        #expect(try alerts("TIP1 PONG") == .pong(""))
    }

    @Test func `what a broker says on the reports endpoint is read`() throws {
        let reference = try #require(Reference("r-1"))
        #expect(try reports("TIP1 RECEIPT r-1") == .receipt(reference))
        #expect(try reports("TIP1 PROGRESS 1234") == .progress(IncidentNumber(1234)))
        #expect(try reports("TIP1 OK r-1") == .ok(reference))
        #expect(try reports("TIP1 REFUSED r-1 busy") == .refused(reference, .busy))
        #expect(try reports("TIP1 PING x") == .ping("x"))
    }

    @Test func `what a broker says on the control endpoint is read`() throws {
        let reference = try #require(Reference("r-1"))
        #expect(try control("TIP1 OK r-1") == .ok(reference))
        #expect(try control("TIP1 REFUSED r-1 invalid") == .refused(reference, .invalid))
    }

    @Test(arguments: [
        "", "TIP1", "TIP2 OK fire", "TIP1 SHOUT fire", "TIP1 JOIN fire desk 3", "TIP1 ALERT fire", "TIP1 ALERT fire 0",
        "TIP1 ALERT Fire 1", "TIP1 ALERT fire 1 2", "TIP1 CONFIRMED fire 1 dancing", "TIP1 REFUSED fire never",
        "TIP1 ALERT  fire 1", "TIP1 OK fire ", "TIP1 ALERT fire -1", "TIP1 ALERT fire 99999999999999999999",
    ])
    func `what is no message is refused`(text: String) {
        #expect(throws: Refusal.self) { try alerts(text) }
    }
}
