import JournalContract
import Testing
import TocsinJournal
import TocsinModel

@testable import TocsinService

/// The answers to AUDIT, page by page.
struct AuditPageTests {
    private let store = InMemoryJournalStore()

    private func fill(_ entries: [JournalEntry]) throws -> any IncidentIndex {
        let journal = try store.open()
        try journal.append(entries)
        return try journal.index()
    }

    /// The answer to AUDIT with this argument, and where it goes on.
    private func ask(
        _ index: any IncidentIndex, _ argument: String = "{}"
    ) throws -> (lines: [String], before: Int64?) {
        var json = JSONWriter()
        let parser = JSONParser(maximumBytes: 1_000_000)
        let last = store.entries.last?.position ?? .zero
        var audit = try parser.parse(Array(argument.utf8)) { json in try Audit(json: json, last: last) }
        try audit.write(index, to: &json)
        return try parser.parse(json.bytes) { json in
            let lines = try json.elements("operations") { (node) throws(Refusal) in
                let (position, operation): (Int64, String) = (try node.member("position"), try node.member("operation"))
                let files: [String]? = try node.member(ifPresent: "files")
                return "\(position) \(operation)" + (files.map { " " + $0.joined(separator: ",") } ?? "")
            }
            return (lines, try json.member(ifPresent: "before"))
        }
    }

    private static func rules(_ text: String, by principal: String? = "uid:li") -> JournalRecord {
        .rules(RulesRecord(RuleTexts(rules: text), principal: principal))
    }

    private static let entries: [JournalEntry] = [
        Sample.entry(1, rules("fallback: fire\n", by: nil)),
        Sample.entry(2, Sample.incident("A-1", telling: [(Sample.fire, 1)])),
        Sample.entry(3, Sample.escalated(2, to: Sample.leader, 1)),
        Sample.entry(4, rules("fallback: gas\n")),
        Sample.entry(5, .rules(RulesRecord(refused: "rules.yaml:1:1: no", principal: "uid:li"))),
        Sample.entry(6, rules("fallback: fire\n\n")),
    ]

    @Test func `what was done comes newest first, and a reload is compared with the rules before it`() throws {
        let index = try fill(Self.entries)
        #expect(try ask(index).lines == ["6 reload rules", "5 reload", "4 reload rules", "2 report", "1 reload rules"])
        #expect(try ask(index).before == nil)
        #expect(try ask(index, #"{"by":"uid:li"}"#).lines == ["6 reload rules", "5 reload", "4 reload rules"])
        #expect(
            try ask(index, #"{"since":"\#(Sample.start + .milliseconds(5))"}"#).lines == ["6 reload rules", "5 reload"])
    }

    @Test func `records from when a clock was wrong hide none before them`() throws {
        var entries = Self.entries
        let wrong = entries[3]
        entries[3] = JournalEntry(
            position: wrong.position, at: wrong.at + .milliseconds(-86_400_000), record: wrong.record)
        let index = try fill(entries)
        let page = try ask(index, #"{"since":"\#(entries[1].at)"}"#)
        #expect(page.lines == ["6 reload rules", "5 reload", "2 report"] && page.before == nil)
    }

    @Test func `pages go on where the one before ended`() throws {
        let index = try fill(Self.entries)
        var (lines, before) = try ask(index, #"{"limit":2}"#)
        while let next = before {
            let page = try ask(index, #"{"limit":2,"before":\#(next)}"#)
            #expect(page.lines.count <= 2)
            lines += page.lines
            before = page.before
        }
        #expect(lines == (try ask(index).lines))
        let first = try ask(index, #"{"before":1}"#)
        #expect(first.lines.isEmpty && first.before == nil)
    }

    @Test func `one answer looks at a bounded number of records, and says where to go on`() throws {
        let count = Limits.auditedRecords + 700
        let index = try fill(
            (1...count).map { Sample.entry($0, Sample.received(Sample.fire, $0...$0)) })
        let first = try ask(index, #"{"by":"nobody"}"#)
        #expect(first.lines.isEmpty && first.before == 701)
        #expect(try ask(index, #"{"by":"nobody","before":701}"#).before == nil)
    }

    @Test(arguments: [
        #"{"limit":0}"#, #"{"limit":1001}"#, #"{"before":0}"#, #"{"before":-9223372036854775808}"#,
        #"{"since":"yesterday"}"#, #"{"by":7}"#,
    ])
    func `an argument that is none is refused`(argument: String) throws {
        let index = try fill(Self.entries)
        #expect(throws: Refusal.self) { try ask(index, argument) }
    }
}
