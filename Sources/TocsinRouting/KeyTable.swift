/// Lists of rules by 64-bit key, in flat arrays. Finding a key costs one or two cache lines and no hashing.
///
/// The keys are hashes already, so their low bits choose the slot. If the slot is taken, the next one is tried.
struct KeyTable: Sendable {
    private struct Slot: Sendable {
        var key: UInt64 = 0
        var start: UInt32 = 0
        /// 0 for a free slot, as a key without rules is not stored.
        var count: UInt32 = 0
    }

    private var slots: [Slot]
    private let mask: Int
    private var entries: [UInt32] = []

    init(_ lists: [UInt64: [UInt32]]) {
        var capacity = 8
        // The table is at most half full, so that a search ends soon.
        while capacity < lists.count * 2 { capacity *= 2 }
        slots = Array(repeating: Slot(), count: capacity)
        mask = capacity - 1
        for (key, list) in lists where !list.isEmpty {
            var index = Int(truncatingIfNeeded: key) & mask
            while slots[index].count > 0 { index = (index + 1) & mask }
            slots[index] = Slot(key: key, start: UInt32(entries.count), count: UInt32(list.count))
            entries += list
        }
    }

    /// Creates a table that only says whether it has a key.
    init(keys: some Sequence<UInt64>) {
        self.init(Dictionary(keys.map { ($0, [0]) }, uniquingKeysWith: { first, _ in first }))
    }

    func contains(_ key: UInt64) -> Bool { slot(key) != nil }

    /// Adds the key's list to `found`.
    func find(_ key: UInt64, into found: inout CandidateList) {
        guard let slot = slot(key) else { return }
        for index in Int(slot.start)..<Int(slot.start + slot.count) { found.append(entries[index]) }
    }

    private func slot(_ key: UInt64) -> Slot? {
        var index = Int(truncatingIfNeeded: key) & mask
        while slots[index].count > 0 {
            if slots[index].key == key { return slots[index] }
            index = (index + 1) & mask
        }
        return nil
    }
}

/// Rules that may match, collected in memory that the caller lends. Rules beyond its size go to an array.
struct CandidateList: ~Copyable {
    private let lent: UnsafeMutableBufferPointer<UInt32>
    private var lentCount = 0
    private var spilled: [UInt32] = []

    init(lent: UnsafeMutableBufferPointer<UInt32>) {
        self.lent = lent
    }

    mutating func append(_ rule: UInt32) {
        if lentCount < lent.count {
            lent[lentCount] = rule
            lentCount += 1
        } else {
            spilled.append(rule)
        }
    }

    /// Calls `body` with each rule once, ascending, while it returns true.
    mutating func forEachInOrder(_ body: (Int) -> Bool) {
        guard spilled.isEmpty else {
            spilled.append(contentsOf: lent)
            spilled.sort()
            spilled.withUnsafeBufferPointer { Self.walk($0, body) }
            return
        }
        let filled = UnsafeMutableBufferPointer(rebasing: lent[..<lentCount])
        // There are few rules, nearly in order: each key's list ascends.
        for end in filled.indices.dropFirst() {
            let value = filled[end]
            var slot = end
            while slot > 0, filled[slot - 1] > value {
                filled[slot] = filled[slot - 1]
                slot -= 1
            }
            filled[slot] = value
        }
        Self.walk(UnsafeBufferPointer(filled), body)
    }

    private static func walk(_ rules: UnsafeBufferPointer<UInt32>, _ body: (Int) -> Bool) {
        for index in rules.indices where index == 0 || rules[index] != rules[index - 1] {
            guard body(Int(rules[index])) else { return }
        }
    }
}
