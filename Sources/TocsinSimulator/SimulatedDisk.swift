import TocsinJournal
import TocsinModel

/// A disk that takes time, and may be full, fail, or lose its power.
///
/// It keeps records as bytes, so that recovery reads what was written and nothing else.
struct SimulatedDisk {
    enum Condition: String {
        case well, full, failing
    }

    /// How a write ended.
    enum Ending {
        case committed
        /// The writer knows only that it failed; the batch may be on disk or not.
        case failed
    }

    private struct StoredRecord {
        let position: Position
        let at: Timestamp
        let kind: JournalRecord.Kind
        let body: [UInt8]
        let name: ReportName?
        let report: [UInt8]
    }

    /// How many records the tail has room for while the mover is blocked.
    private static let tailRoom = 25

    var condition = Condition.well
    /// Whether records stay in the tail, and snapshots where they are.
    var isMoverBlocked = false {
        didSet { if !isMoverBlocked { unmoved = 0 } }
    }
    private var unmoved = 0
    /// Of a hundred snapshots, how many cannot be kept.
    var lostSnapshotsPercent = 0
    /// Batches that are on disk although nobody was told.
    private(set) var unreported = 0
    private var stored: [StoredRecord] = []
    private var writing: [JournalEntry] = []
    /// The newest snapshot that was kept, and how many were and were not.
    private(set) var snapshot: JournalSnapshot?
    private(set) var (keptSnapshots, lostSnapshots) = (0, 0)
    private var entriesByName: [ReportName: JournalEntry] = [:]

    /// Begins to write a commit: all of it will be on disk, or nothing.
    mutating func begin(_ entries: [JournalEntry]) {
        precondition(writing.isEmpty, "One commit is written at a time.")
        writing = entries
    }

    /// Ends the write under way.
    mutating func finish(using random: inout SplitMix64) -> Ending {
        switch condition {
        case .well where !hasRoom(for: writing.count), .full:
            writing = []
            return .failed
        case .well:
            if isMoverBlocked { unmoved += writing.count }
            store()
            return .committed
        case .failing:
            loseOrKeep(using: &random)
            return .failed
        }
    }

    /// The power goes: what was reported committed stays, and perhaps the batch that was being written.
    mutating func crash(using random: inout SplitMix64) {
        loseOrKeep(using: &random)
    }

    /// The entry of the incident that a report became.
    func entry(named name: ReportName) -> JournalEntry? { entriesByName[name] }

    /// Whether so many records more can be written, apart from what is wrong with the disk.
    func hasRoom(for count: Int) -> Bool { !isMoverBlocked || unmoved + count <= Self.tailRoom }

    /// Everything on disk after a position, read from its bytes.
    func entries(after position: Position = .zero) throws -> [JournalEntry] {
        let codec = RecordCodec()
        return try stored.dropFirst(Int(position.value)).map { record in
            try record.body.withUnsafeBytes { body in
                JournalEntry(
                    position: record.position, at: record.at,
                    record: try codec.read(record.kind, body: body, name: record.name, report: record.report))
            }
        }
    }

    /// Keeps a snapshot of what is on disk, or loses it.
    mutating func keep(_ made: JournalSnapshot, using random: inout SplitMix64) {
        if !isMoverBlocked, !random.chance(lostSnapshotsPercent) {
            snapshot = made
            keptSnapshots += 1
        } else {
            lostSnapshots += 1
        }
    }

    private mutating func loseOrKeep(using random: inout SplitMix64) {
        if !writing.isEmpty, random.chance(50) {
            unreported += 1
            store()
        }
        writing = []
    }

    private mutating func store() {
        for entry in writing {
            precondition(
                entry.position == stored.last?.position.next ?? Position.zero.next, "Positions follow one another.")
            var json = JSONWriter()
            RecordCodec.write(entry.record, to: &json)
            var (name, report): (ReportName?, [UInt8]) = (nil, [])
            if case .incident(let incident) = entry.record {
                (name, report) = (incident.name, incident.report)
                entriesByName[incident.name] = entry
            }
            stored.append(
                StoredRecord(
                    position: entry.position, at: entry.at, kind: entry.record.kind, body: json.bytes,
                    name: name, report: report))
        }
        writing = []
    }
}
