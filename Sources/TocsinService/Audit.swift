import TocsinCore
import TocsinJournal
import TocsinModel

/// What was done, and by whom, newest first: the answer to AUDIT. It is bounded, by what is listed and by what is looked
/// at, and says where to go on.
struct Audit {
    /// The records that are read together.
    private static let window: Int64 = 500

    private let since: Timestamp?
    private let by: String?
    private let limit: Int
    /// Records from here on have been looked at.
    private var before: Position
    /// Records before this one are not looked at.
    private let end: Int64
    private var reloads = 0

    /// Lists the newest before a position.
    init(before: Position, since: Timestamp? = nil, by: String? = nil, limit: Int = 100) {
        (self.before, self.since, self.by, self.limit) = (before, since, by, limit)
        end = max(0, before.value - Limits.auditedRecords)
    }

    /// Reads the argument of AUDIT.
    ///
    /// - Parameters:
    ///   - json: Has `since`, `by`, `before` and `limit`, all optional.
    ///   - last: The last record on disk.
    init(json: JSONNode, last: Position) throws(Refusal) {
        let limit: Int64 = try json.member(ifPresent: "limit") ?? 100
        guard (1...Int64(Limits.auditedOperations)).contains(limit) else {
            throw Refusal(member: "limit", "must be 1 to \(Limits.auditedOperations)")
        }
        let before: Position? = try json.member(ifPresent: "before")
        if let before, before.value < 1 { throw Refusal(member: "before", "must be 1 or more") }
        self.init(
            before: min(before ?? last.next, last.next), since: try json.member(ifPresent: "since"),
            by: try json.member(ifPresent: "by"), limit: Int(limit))
    }

    /// Writes the answer. `before` is there where there may be more.
    ///
    ///     {"operations":[{"position":7,"at":T,"principal":"fire-desk","operation":"acknowledged",…}],"before":7}
    mutating func write(_ index: any IncidentIndex, to json: inout JSONWriter) throws(JournalError) {
        let (operations, rest) = try list(index)
        json.object { json in
            json.array("operations") { json in
                for (entry, change) in operations { entry.writeOperation(change, to: &json) }
            }
            if let rest { json.member("before", rest.value) }
        }
    }

    /// Returns the operations, and the position before which there may be more.
    private mutating func list(
        _ index: any IncidentIndex
    ) throws(JournalError) -> (operations: [(JournalEntry, RulesChange?)], rest: Position?) {
        var operations: [(JournalEntry, RulesChange?)] = []
        while before.value > max(1, end) {
            let first = Position(max(1, end, before.value - Self.window))
            for entry in try index.entries(at: first..<before).reversed() {
                // A clock may have been wrong: there may be younger ones before an older one.
                if let since, entry.at < since { continue }
                guard entry.record.operation != nil, by == nil || entry.record.principal == by else { continue }
                guard operations.count < limit, reloads < Limits.auditedReloads else {
                    return (operations, entry.position.next)
                }
                operations.append((entry, try change(with: entry, index)))
            }
            before = first
        }
        return (operations, before.value > 1 ? before : nil)
    }

    /// Returns what a reload has changed; nil for anything else, and where the rules before it cannot be found.
    private mutating func change(with entry: JournalEntry, _ index: any IncidentIndex) throws(JournalError)
        -> RulesChange?
    {
        guard case .rules(let record) = entry.record, record.refusal == nil else { return nil }
        reloads += 1
        guard let now = try index.rules(at: entry.position) else { return nil }
        switch try rulesBefore(entry.position, index) {
        case .none: return RulesChange(from: nil, to: now)
        case .at(let position): return try index.rules(at: position).map { RulesChange(from: $0, to: now) }
        case .unknown: return nil
        }
    }

    private enum Former {
        case none, unknown
        case at(Position)
    }

    /// Finds the record of the rules that were in force before another's. Each incident names those of its time.
    private func rulesBefore(_ position: Position, _ index: any IncidentIndex) throws(JournalError) -> Former {
        var end = position
        let start = max(1, position.value - Limits.auditedRecords)
        while end.value > start {
            let first = Position(max(start, end.value - Self.window))
            for entry in try index.entries(at: first..<end).reversed() {
                if case .rules(let record) = entry.record, !record.continues { return .at(entry.position) }
                if let rules = entry.record.rulesInForce { return rules == .zero ? .none : .at(rules) }
            }
            end = first
        }
        return start == 1 ? .none : .unknown
    }
}
