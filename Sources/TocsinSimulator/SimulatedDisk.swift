import TocsinJournal
import TocsinModel

/// A disk that takes time, and that may be full, fail, or lose its power.
///
/// It stores records as bytes, so that recovery reads exactly what was written.
struct SimulatedDisk {
    enum Condition: String {
        case well
        /// The disk takes writes, and has no more room than the reserve for people's words.
        case scarce
        case full, failing
    }

    /// The end of a write.
    enum Ending {
        case committed
        /// The write failed. The batch may be on disk or not.
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

    /// The number of records that the tail has room for while the mover is blocked.
    private static let tailRoom = 25

    var condition = Condition.well
    /// True while records stay in the tail and snapshots cannot be kept.
    var isMoverBlocked = false {
        didSet { if !isMoverBlocked { unmoved = 0 } }
    }
    private var unmoved = 0
    /// The percentage of snapshots that cannot be kept.
    var lostSnapshotsPercent = 0
    /// The number of batches that are on disk although nobody was told.
    private(set) var unreported = 0
    private var stored: [StoredRecord] = []
    private var writing: [JournalEntry] = []
    /// The newest snapshot that was kept.
    private(set) var snapshot: JournalSnapshot?
    /// The numbers of snapshots that were kept and of those that were not.
    private(set) var (keptSnapshots, lostSnapshots) = (0, 0)
    private var entriesByName: [ReportName: JournalEntry] = [:]

    /// Begins to write a commit. All of it will be on disk, or nothing.
    mutating func begin(_ entries: [JournalEntry]) {
        precondition(writing.isEmpty, "One commit is written at a time.")
        writing = entries
    }

    /// Ends the write under way.
    mutating func finish(using random: inout SplitMix64) -> Ending {
        switch condition {
        case .well where !hasRoom(for: writing.count), .scarce where !hasRoom(for: writing.count), .full:
            writing = []
            return .failed
        case .well, .scarce:
            if isMoverBlocked { unmoved += writing.count }
            store()
            return .committed
        case .failing:
            loseOrKeep(using: &random)
            return .failed
        }
    }

    /// Cuts the power. Everything that was reported committed stays, and perhaps the batch being written.
    mutating func crash(using random: inout SplitMix64) {
        loseOrKeep(using: &random)
    }

    /// True if the disk takes writes.
    var isWriting: Bool { condition == .well || condition == .scarce }

    /// Returns the entry of the incident that a report became.
    func entry(named name: ReportName) -> JournalEntry? { entriesByName[name] }

    /// True if `count` more records fit in the tail. The disk's condition is not considered.
    func hasRoom(for count: Int) -> Bool { !isMoverBlocked || unmoved + count <= Self.tailRoom }

    /// Returns the entries on disk after a position, read from their bytes.
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

    /// Keeps a snapshot of the records on disk, or loses it.
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
            if let reported = entry.record.reported {
                (name, report) = (entry.record.reportName, reported.report)
                if let name { entriesByName[name] = entry }
            }
            stored.append(
                StoredRecord(
                    position: entry.position, at: entry.at, kind: entry.record.kind, body: json.bytes,
                    name: name, report: report))
        }
        writing = []
    }
}
