import Testing

@testable import TocsinClient

/// Why nothing comes from an endpoint.
@Suite struct FirstContactTests {
    private func reason(at endpoint: String) -> Absence.Reason? {
        let now = Instant.now
        var contact = FirstContact(with: endpoint, hasKeys: false, timeout: .milliseconds(500), now: now)
        #expect(contact.absence(at: now + .seconds(1)) == nil)
        return contact.absence(at: now + .seconds(6))?.reason
    }

    @Test func `a process that listens and says nothing is told from nobody`() throws {
        let listener = try LoopbackPort(waiting: 4)
        #expect(reason(at: listener.endpoint) == .hung)
        #expect(reason(at: "ipc:///nonexistent/control.ipc") == .silent)
    }
}
