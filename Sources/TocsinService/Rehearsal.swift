import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinWire

/// Two incidents that nobody has reported, from their reports to their alerts, before the first real one comes.
///
/// What runs for the first time has its pages to be read in and its types to be laid out, and somebody would wait for
/// that: the first report after a start was with its terminals after 2.0 ms, the second after 1.3, and now they are after
/// 1.4 and 0.8 (medians of ten starts; later ones after 0.3). The rehearsal has a broker of its own, with the rules in
/// force: nothing of it reaches the journal or a socket.
struct Rehearsal: ~Copyable {
    /// Recipients who have a terminal, of those who are told.
    private static let recipients = 4

    private var pipeline: CommitPipeline
    private let decoder = ReportDecoder()
    private var header = HeaderLine()
    private var json = JSONWriter(capacity: 4096)
    /// What would have been sent: receipts and alerts, one line each.
    private(set) var sent: [String] = []

    init(_ files: RuleFiles, _ settings: BrokerSettings) {
        pipeline = CommitPipeline(
            recovered: Broker(rules: files.rules, directory: files.directory, settings: settings),
            snapshotPosition: .zero, files: files)
    }

    /// The first incident finds nobody there; those whom it is for join, and get the second one at once.
    mutating func run() throws {
        var joining = pipeline.beginTurn(now: SystemClock.now, feedIsWatched: false)
        for (number, alert) in try report("REHEARSAL-1").prefix(Self.recipients).enumerated() {
            let terminal = Peer(identity: PeerIdentity([0, 0, 0, 0, UInt8(number)]))
            pipeline.handle(.join(terminal, alert.recipient, terminal: "rehearsal", credit: 64), into: &joining)
        }
        finish(joining)
        _ = try report("REHEARSAL-2")
    }

    /// - Returns: The alerts that come of it.
    private mutating func report(_ identifier: String) throws -> [IncidentRecord.Alert] {
        let command = try Array("TIP1 REPORT \(identifier)".utf8).withUnsafeBytes { (bytes) throws(CommandFailure) in
            try ReportsCommand(header: bytes)
        }
        guard case .report(let reference) = command else { return [] }
        let body = Array(Self.body(identifier).utf8)
        let report = try decoder.decode(body)
        var turn = pipeline.beginTurn(now: SystemClock.now, feedIsWatched: false)
        let reporter = Peer(identity: PeerIdentity([0, 0, 0, 1, 0]))
        pipeline.handle(.report(reporter, reference, report, body: body, stored: nil), into: &turn)
        guard case .incident(let incident) = turn.records.first?.record else { return [] }
        finish(turn)
        return incident.alerts
    }

    private mutating func finish(_ turn: consuming Turn) {
        _ = pipeline.endTurn(turn)
        while let step = pipeline.nextStep(now: SystemClock.now.uptime) {
            switch consume step {
            case .append(let records, _):
                for entry in records {
                    json.removeAll()
                    RecordCodec.write(entry.record, to: &json)
                    _ = json.withUnsafeBytes { Checksum.of($0) }
                }
                pipeline.appended()
            case .release(let commit):
                commit.forEachByConnection { write($0) }
                pipeline.takeBack(commit)
            case .probe: preconditionFailure("A journal that is not there does not fail.")
            case .reopen: preconditionFailure("A journal that is not there is not opened.")
            }
        }
    }

    private mutating func write(_ output: CommittedOutput) {
        json.removeAll()
        output.writeHeader(to: &header)
        switch output {
        case .receipt(_, _, let receipt): receipt.write(to: &json)
        case .alert(_, let alert): alert.envelope.write(to: &json)
        case .progress, .ok, .pong, .joined, .confirmed, .taken, .publish: return
        }
        sent.append(header.withUnsafeBytes { String(decoding: $0, as: UTF8.self) })
    }

    private static func body(_ identifier: String) -> String {
        """
        {"identifier":"\(identifier)","sender":"tocsin.rehearsal","sent":"2026-11-23T08:00:00+08:00",\
        "category":"Fire","event":"rehearsal","severity":"Severe","urgency":"Immediate","certainty":"Observed",\
        "area":{"grid":"110101005003002","point":[39.93,116.42],"address":"东四三条"},\
        "headline":"演练 rehearsal","description":"\\u6f14\\u7ec3"}
        """
    }
}
