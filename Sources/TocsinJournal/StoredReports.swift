public import TocsinModel

/// Reports as they were sent, of incidents that follow one another: one piece of memory, which the next ones can use again.
public struct StoredReports: Sendable {
    /// Whose reports these are, in order.
    public private(set) var incidents: [IncidentNumber] = []
    /// All reports, one after the other, and where each ends.
    private var bytes: [UInt8] = []
    private var ends: [Int] = []

    public init() {}

    public var isEmpty: Bool { incidents.isEmpty }
    /// Bytes of all reports.
    public var byteCount: Int { bytes.count }

    /// The report of an incident; nil if it is not among these.
    public subscript(incident: IncidentNumber) -> ArraySlice<UInt8>? {
        guard let first = incidents.first, let last = incidents.last, (first...last).contains(incident) else {
            return nil
        }
        // No further than as if no number were missing, and there where none is.
        var (low, high) = (0, min(Int(incident.value - first.value), incidents.count - 1))
        if incidents[high] == incident { low = high }
        while low < high {
            let middle = (low + high) / 2
            if incidents[middle] < incident { low = middle + 1 } else { high = middle }
        }
        guard incidents[low] == incident else { return nil }
        return bytes[(low == 0 ? 0 : ends[low - 1])..<ends[low]]
    }

    /// Adds the report of an incident after all others.
    public mutating func append(_ incident: IncidentNumber, _ report: some Collection<UInt8>) {
        precondition(incidents.last.map { $0 < incident } ?? true, "Reports that are read together follow one another.")
        incidents.append(incident)
        bytes.append(contentsOf: report)
        ends.append(bytes.count)
    }

    /// Forgets all and keeps the room.
    public mutating func removeAll() {
        incidents.removeAll(keepingCapacity: true)
        bytes.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
    }
}
