import Dispatch
import Glibc
import Logging
import Synchronization
import Testing
import TocsinAccess
import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinRouting
import TocsinWire
import ZeroMQ

@testable import TocsinService

/// The desk answers in order, and keeps whoever must come after a question behind it.
@Suite(.timeLimit(.minutes(5))) struct OperatorDeskTests {
    private let wakeUp: WakeUp
    private let desk: OperatorDesk
    private let index = SlowIndex()
    private let directory: Directory
    private let rules: Ruleset

    init() throws {
        wakeUp = try WakeUp()
        desk = try OperatorDesk(
            reportBytes: 1000, done: wakeUp, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        directory = try Directory(
            departments: "departments:\n  - { name: fire, zh: 消防, en: Fire }\n", departmentsFile: "departments.yaml",
            grids: nil, gridsFile: "")
        rules = try Ruleset(yaml: "fallback: fire\nrules: []\n", file: "rules.yaml", directory: directory)
    }

    private func view(loadedAt: Int64 = 0, index: SlowIndex?) -> OperatorDesk.View {
        let broker = Broker(rules: rules, directory: directory, settings: BrokerSettings())
        return OperatorDesk.View(
            rules: rules, rulesPosition: Position(9), subscriptions: SubscriptionTable(), directory: directory,
            loadedAt: Timestamp(milliseconds: loadedAt),
            index: index, openIncidents: broker.openIncidents, now: Timestamp(milliseconds: 0), mailboxes: [])
    }

    private func message(_ text: String, from peer: UInt8 = 1, incident: Int? = nil) throws -> OperatorMessage {
        let command = try Array("TIP1 \(text)".utf8).withUnsafeBytes { (bytes) throws(CommandFailure) in
            try ControlCommand(header: bytes)
        }
        return OperatorMessage(
            peer: Peer(identity: PeerIdentity([peer])), principal: .anybody, command: command,
            body: incident.map { Array(#"{"incident":\#($0)}"#.utf8) })
    }

    /// The next so many answers: "i1 unknownIncident", "i1 {…}", "- its turn".
    private func answers(_ count: Int) throws -> [String] {
        var answers: [OperatorDesk.Answer] = []
        while answers.count < count {
            var descriptor = pollfd(fd: wakeUp.fileDescriptor, events: Int16(POLLIN), revents: 0)
            try #require(poll(&descriptor, 1, 30_000) == 1, "the desk says nothing")
            wakeUp.clear()
            answers += desk.takeAnswers()
        }
        return answers.map { answer in
            let outcome =
                switch answer.outcome {
                case .json(let frame): frame.message.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
                case .refused(let refusal): refusal.code.rawValue
                case .itsTurn, .reopening: "its turn"
                }
            return "\(answer.message.command.reference.text) \(outcome)"
        }
    }

    @Test func `what a peer says after a question has its turn after the answer`() throws {
        let (one, other) = (PeerIdentity([1]), PeerIdentity([2]))
        try desk.ask(message("INCIDENT i1", incident: 7), view(index: index))
        try desk.pass(message("PING p"))
        try desk.ask(message("INCIDENT i2", incident: 8), view(index: index))
        #expect(desk.isBusy(with: one))
        #expect(!desk.isBusy(with: other))
        #expect(desk.takeAnswers().isEmpty)
        index.allow(2)
        #expect(try answers(3) == ["i1 unknownIncident", "- its turn", "i2 unknownIncident"])
        #expect(!desk.isBusy(with: one))
        desk.stop()
    }

    @Test func `more messages than may wait are refused busy, and none is lost`() throws {
        for number in 0..<Limits.operatorMessages {
            try desk.ask(
                message("INCIDENT i\(number)", from: UInt8(number), incident: 7), view(index: index))
        }
        for more in [try message("INCIDENT more", incident: 7), try message("PING more", from: 200)] {
            let refusal = #expect(throws: Refusal.self) { try desk.pass(more) }
            #expect(refusal?.code == .busy)
            #expect(refusal?.retryAfterMilliseconds != nil)
        }
        index.allow(Limits.operatorMessages)
        let all = try answers(Limits.operatorMessages)
        #expect(all == (0..<Limits.operatorMessages).map { "i\($0) unknownIncident" })
        try desk.pass(message("PING again"))
        #expect(try answers(1) == ["- its turn"])
        desk.stop()
    }

    @Test func `one peer leaves places for the others`() throws {
        for number in 0..<Limits.operatorMessagesPerPeer {
            try desk.ask(message("INCIDENT i\(number)", incident: 7), view(index: index))
        }
        for more in [try message("INCIDENT more", incident: 7), try message("PING more")] {
            let refusal = #expect(throws: Refusal.self) { try desk.pass(more) }
            #expect(refusal?.code == .busy)
        }
        try desk.ask(message("INCIDENT other", from: 2, incident: 7), view(index: index))
        index.allow(Limits.operatorMessagesPerPeer + 1)
        let all = try answers(Limits.operatorMessagesPerPeer + 1)
        #expect(all.last == "other unknownIncident")
        try desk.pass(message("PING again"))
        #expect(try answers(1) == ["- its turn"])
        desk.stop()
    }

    @Test func `without a journal, what it would have to say is unavailable`() throws {
        try desk.ask(message("INCIDENTS l"), view(index: nil))
        try desk.ask(message("INCIDENT i", incident: 7), view(index: nil))
        try desk.ask(message("PENDING p"), view(index: nil))
        #expect(try answers(3) == ["l unavailable", "i unavailable", #"p {"mailboxes":[]}"#])
        desk.stop()
    }

    @Test func `while the state is unknown an Alert is explained, and an Update is not`() throws {
        let command = try message("EXPLAIN e").command
        let reference = #","msgType":"Update","references":"test,a1,2026-11-24T08:00:00+08:00"}"#
        for text in [report("a1"), report("a2").replacing("}", with: reference)] {
            let message = OperatorMessage(
                peer: Peer(identity: PeerIdentity([1])), principal: .anybody, command: command, body: [UInt8](text.utf8)
            )
            try desk.ask(message, view(index: index))
        }
        let explained = try answers(2)
        #expect(explained[0].hasPrefix(#"e {"rules":"#))
        #expect(explained[1] == "e unavailable")
        desk.stop()
    }

    @Test func `rules of earlier times are read once, as long as the directory is the same`() throws {
        index.allow(3)
        index.knowsIncident = true
        for (loadedAt, read) in [(0, 1), (0, 1), (1, 2)] as [(Int64, Int)] {
            try desk.ask(message("INCIDENT i", incident: 7), view(loadedAt: loadedAt, index: index))
            let answer = try answers(1)[0]
            #expect(answer.contains(#""rule":"of then""#), "\(answer)")
            #expect(index.rulesRead == read)
        }
        desk.stop()
    }
}

private let body = [UInt8](report("a1").utf8)

/// An index whose timelines come when the test allows them: none, or that of one incident decided by earlier rules.
private final class SlowIndex: IncidentIndex {
    private let allowed = DispatchSemaphore(value: 0)
    private let state = Mutex((knowsIncident: false, rulesRead: 0))

    func allow(_ count: Int) {
        for _ in 0..<count { allowed.signal() }
    }

    var knowsIncident: Bool {
        get { state.withLock { $0.knowsIncident } }
        set { state.withLock { $0.knowsIncident = newValue } }
    }

    /// How often a rule file was read.
    var rulesRead: Int { state.withLock { $0.rulesRead } }

    func isJoined(_ number: IncidentNumber, by principal: String) -> Bool { false }
    func steps(of number: IncidentNumber) throws(JournalError) -> [JournalEntry] { [] }

    func timeline(of number: IncidentNumber) throws(JournalError) -> [JournalEntry] {
        allowed.wait()
        guard knowsIncident, let fire = Recipient("fire") else { return [] }
        let incident = IncidentRecord(
            name: ReportName(sender: "test", identifier: "a1"), event: "火灾", category: .fire, severity: .severe,
            status: .actual, grid: nil,
            alerts: [
                .init(
                    Addressee(recipient: fire, purpose: .information, rule: "of then"), number: AlertNumber(1),
                    terminals: 0)
            ], plans: [], rules: Position(1), report: body)
        return [JournalEntry(position: number.position, at: Timestamp(milliseconds: 0), record: .incident(incident))]
    }

    func entry(at position: Position) throws(JournalError) -> JournalEntry? {
        state.withLock { $0.rulesRead += 1 }
        let text = "fallback: fire\nrules:\n  - { name: of then, notify: fire }\n"
        return JournalEntry(
            position: position, at: Timestamp(milliseconds: 0), record: .rules(RulesRecord(RuleTexts(rules: text))))
    }

    func incidents(named names: [ReportName]) throws(JournalError) -> [IncidentNumber?] { names.map { _ in nil } }

    func incident(_ number: IncidentNumber) throws(JournalError) -> JournalEntry? { nil }

    func readReports(from number: IncidentNumber, bytes: Int, into reports: inout StoredReports) throws(JournalError) {
        reports.removeAll()
    }

    func subscriptions(before position: Position) throws(JournalError) -> [Subscription] { [] }

    func newestIncidents(before: IncidentNumber?, limit: Int) throws(JournalError) -> [JournalEntry] { [] }

    func entries(at positions: Range<Position>) throws(JournalError) -> [JournalEntry] { [] }

    func writeStatistics(_ question: StatisticsQuestion, now: Timestamp, to json: inout JSONWriter) throws {}
}
