public import TocsinModel

/// The result of a check of a journal.
public struct JournalFindings: Sendable {
    /// The number of lines that are kept. The others are counted.
    public static let limit = 200

    /// The first faults, a line each.
    public private(set) var faults: [String] = []
    /// The number of faults.
    public private(set) var faultCount = 0
    /// Lines about things that are no faults.
    public private(set) var notes: [String] = []
    /// The format of the file.
    public internal(set) var format = 0
    public internal(set) var epoch: String?
    public internal(set) var records: Int64 = 0
    public internal(set) var incidents: Int64 = 0
    /// The number of incidents that were removed, as they had been closed for long, and when the newest of them was stored.
    public internal(set) var removedIncidents: Int64 = 0
    public internal(set) var removedThrough: Timestamp?
    /// The number of records that are in the tail alone.
    public internal(set) var unmoved: Int64 = 0
    /// The last record that the snapshot covers, or nil if there is no snapshot.
    public internal(set) var snapshotPosition: Int64?

    public var isWhole: Bool { faultCount == 0 }

    mutating func add(_ fault: String) {
        faultCount += 1
        if faults.count < Self.limit { faults.append(fault) }
    }

    mutating func note(_ text: String) {
        if notes.count < Self.limit { notes.append(text) }
    }
}

/// The progress of a task that reads or writes a whole journal.
public struct JournalProgress: Sendable {
    public enum Task: String, Sendable {
        case copying, structure, records, views
    }

    public var task: Task
    public var done: Int64
    /// 0 if the total is unknown.
    public var total: Int64

    /// Takes progress now and then, on the caller's thread.
    public typealias Report = (JournalProgress) -> Void
}
