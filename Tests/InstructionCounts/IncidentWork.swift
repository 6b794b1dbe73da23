import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinRouting
import TocsinWire

/// What the daemon's own code does for one incident, without sockets, disk and threads. Header and report are read and
/// checked. The incident is routed, decided, written as a record with its checksum, and receipted. Four terminals are
/// alerted and say RECEIVED. The input is the same in each run, so the count of instructions is too.
struct IncidentWork: ~Copyable {
    private static let departments = 4
    /// Alerts that one RECEIVED covers, as a busy terminal says it.
    private static let receivedAtOnce = 64
    private static let places = 256

    private var pipeline: CommitPipeline
    private let decoder = ReportDecoder()
    private var header: HeaderLine
    private var json: JSONWriter
    private var now = Moment(wall: Timestamp(milliseconds: 1_795_392_600_000), uptime: 1_000_000)
    private var number: Int64 = 0
    /// Whose envelopes have been made, by the last digits of their incidents' numbers: the daemon keeps frames in this way.
    private var made = [OutgoingAlert?](repeating: nil, count: IncidentWork.places)
    private var reportFrame = Array("TIP1 REPORT 0000000000".utf8)
    private var body = IncidentWork.report
    /// Bytes written so far: what the work comes to, so that none of it can be left out.
    private(set) var bytes = 0

    init() throws {
        let directory = try Directory(
            departments: Self.departmentsFile, departmentsFile: "departments.yaml", grids: nil, gridsFile: "")
        let rules = try Ruleset(yaml: Self.rulesFile, file: "rules.yaml", directory: directory)
        let files = RuleFiles(
            rules: rules, directory: directory, texts: RuleTexts(rules: Self.rulesFile), loadedAt: now.wall)
        pipeline = CommitPipeline(
            recovered: Broker(rules: rules, directory: directory, settings: BrokerSettings()),
            snapshotPosition: .zero, files: files)
        header = HeaderLine()
        json = JSONWriter(capacity: 4096)
    }

    /// So many incidents, in turns of 64.
    mutating func run(_ incidents: Int) throws {
        var joining = beginTurn()
        pipeline.adoptFiles(into: &joining)
        for department in 0..<Self.departments { try join(department, into: &joining) }
        finish(joining)
        for _ in 0..<incidents / Self.receivedAtOnce {
            var turn = beginTurn()
            for _ in 0..<Self.receivedAtOnce { try report(into: &turn) }
            finish(turn)
            var receipts = beginTurn()
            for department in 0..<Self.departments { try received(department, into: &receipts) }
            finish(receipts)
            now = Moment(wall: now.wall + .milliseconds(1), uptime: now.uptime + 1)
        }
    }

    private mutating func beginTurn() -> Turn {
        pipeline.beginTurn(now: now, feedIsWatched: false)
    }

    private mutating func join(_ department: Int, into turn: inout Turn) throws {
        let frame = Array("TIP1 JOIN d\(department) bench 4096".utf8)
        guard case .join(let recipient, let terminal, let credit) = try Self.alertsCommand(frame) else { return }
        pipeline.handle(.join(Self.terminal(department), recipient, terminal: terminal, credit: credit), into: &turn)
    }

    private mutating func report(into turn: inout Turn) throws {
        number += 1
        Self.write(number, over: &reportFrame, at: Self.referenceOffset)
        Self.write(number, over: &body, at: Self.identifierOffset)
        let command = try reportFrame.withUnsafeBytes { (bytes) throws(CommandFailure) in
            try ReportsCommand(header: bytes)
        }
        guard case .report(let reference) = command else { return }
        let report = try decoder.decode(body)
        // The daemon, too, copies the report once from its frame.
        let copy = body.withUnsafeBytes { [UInt8]($0) }
        pipeline.handle(.report(Self.reporter, reference, report, body: copy, stored: nil), into: &turn)
    }

    private mutating func received(_ department: Int, into turn: inout Turn) throws {
        let last = number
        let frame = Array("TIP1 RECEIVED d\(department) \(last - Int64(Self.receivedAtOnce) + 1)-\(last)".utf8)
        guard case .received(let recipient, let numbers) = try Self.alertsCommand(frame) else { return }
        pipeline.handle(.received(Self.terminal(department), recipient, numbers), into: &turn)
    }

    private mutating func finish(_ turn: consuming Turn) {
        _ = pipeline.endTurn(turn)
        while let step = pipeline.nextStep(now: now.uptime) {
            switch consume step {
            case .append(let records):
                for entry in records { write(entry) }
                pipeline.appended()
            case .release(let commit):
                commit.forEachByConnection { write($0) }
                pipeline.takeBack(commit)
            case .keep: break
            case .probe: preconditionFailure("Nothing fails here.")
            case .reopen: preconditionFailure("Nothing is opened here.")
            }
        }
    }

    private mutating func write(_ entry: JournalEntry) {
        json.removeAll()
        RecordCodec.write(entry.record, to: &json)
        var report: [UInt8] = []
        if case .incident(let incident) = entry.record { report = incident.report }
        let checksum = json.withUnsafeBytes { body in
            report.withUnsafeBytes { report in
                Checksum.of(
                    position: entry.position, at: entry.at, kind: entry.record.kind, body: body, report: report)
            }
        }
        bytes += json.withUnsafeBytes { $0.count } + Int(checksum & 1)
    }

    private mutating func write(_ output: CommittedOutput) {
        json.removeAll()
        output.writeHeader(to: &header)
        switch output {
        case .receipt(_, _, let receipt): receipt.write(to: &json)
        case .alert(_, let alert):
            let place = Int(alert.incident.value) % Self.places
            if let other = made[place], other.incident == alert.incident, other.hasEnvelope(of: alert) { break }
            alert.envelope.write(to: &json)
            made[place] = alert
        case .progress, .ok, .rated, .reloaded, .silenced, .unsilenced, .reopened, .split, .pong, .joined, .confirmed,
            .taken, .subscribed, .subscriptions, .publish:
            break
        }
        bytes += json.withUnsafeBytes { $0.count } + header.withUnsafeBytes { $0.count }
    }

    private static func terminal(_ department: Int) -> Peer {
        Peer(identity: PeerIdentity([0, 9, 9, 9, UInt8(department)]))
    }

    private static func alertsCommand(_ header: [UInt8]) throws -> AlertsCommand {
        try header.withUnsafeBytes { (bytes) throws(CommandFailure) in try AlertsCommand(header: bytes) }
    }

    // MARK: The input

    private static let departmentsFile =
        "departments:\n"
        + (0..<departments).map { "  - { name: d\($0), zh: 部门 \($0), en: Department \($0) }\n" }.joined()

    private static let rulesFile = """
        fallback: d0
        rules:
          - name: 全部通知 everybody
            when: { event: bench-4, severity: at least Minor }
            inform: [d0, d1, d2, d3]
        """

    private static let reporter = Peer(identity: PeerIdentity([0, 1, 2, 3, 4]))
    private static let digits = 10
    private static let referenceOffset = 12
    private static let identifierOffset = 15

    /// A report of 451 bytes, as the comparison with other brokers sends it.
    private static let report: [UInt8] = {
        let start = """
            {"identifier":"0000000000.1234567890123.1234567890123","sender":"bench.4711",\
            "sent":"2026-11-23T08:00:00+08:00","category":"Fire","event":"bench-4","severity":"Moderate",\
            "urgency":"Immediate","certainty":"Observed","area":{"grid":"110101005003002","point":[39.93,116.42]},\
            "headline":"bench","description":"
            """
        return Array((start + String(repeating: "x", count: 449 - start.utf8.count) + "\"}").utf8)
    }()

    private static func write(_ number: Int64, over bytes: inout [UInt8], at offset: Int) {
        var rest = number
        for index in stride(from: offset + digits - 1, through: offset, by: -1) {
            bytes[index] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
    }
}
