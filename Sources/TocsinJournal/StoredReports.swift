public import TocsinModel

/// Reports as they were sent, of successive incidents, in one piece of memory that can be reused.
public struct StoredReports: Sendable {
    /// The incidents of the reports, in order.
    public private(set) var incidents: [IncidentNumber] = []
    /// All reports, one after the other, and the end of each.
    private var bytes: [UInt8] = []
    private var ends: [Int] = []

    public init() {}

    public var isEmpty: Bool { incidents.isEmpty }
    /// The size of all reports, in bytes.
    public var byteCount: Int { bytes.count }

    /// The report of an incident, or nil if it is not among these.
    public subscript(incident: IncidentNumber) -> ArraySlice<UInt8>? {
        guard let first = incidents.first, let last = incidents.last, (first...last).contains(incident) else {
            return nil
        }
        // The index if no number before it is missing. Otherwise the report is earlier.
        var index = min(Int(incident.value - first.value), incidents.count - 1)
        if incidents[index] != incident { index = incidents[..<index].partitioningIndex { $0 >= incident } }
        guard incidents[index] == incident else { return nil }
        return bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]]
    }

    /// Adds the report of an incident after all others.
    public mutating func append(_ incident: IncidentNumber, _ report: some Collection<UInt8>) {
        precondition(incidents.last.map { $0 < incident } ?? true, "Reports that are read together follow one another.")
        incidents.append(incident)
        bytes.append(contentsOf: report)
        ends.append(bytes.count)
    }

    /// Removes all reports and keeps the capacity.
    public mutating func removeAll() {
        incidents.removeAll(keepingCapacity: true)
        bytes.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
    }
}
