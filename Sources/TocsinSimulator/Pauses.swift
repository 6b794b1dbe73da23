/// The times during which the machine stood still. They do not overlap.
struct Pauses {
    private var spans: [Range<Int64>] = []

    /// The end of the last pause.
    var end: Int64 { spans.last?.upperBound ?? 0 }

    /// The machine stands still from `now` on. A pause that is under way is extended, and never cut short.
    mutating func add(_ milliseconds: Int64, from now: Int64) {
        let start = max(now, end)
        guard now + milliseconds > start else { return }
        spans.append(start..<now + milliseconds)
    }

    /// How long the machine stood still between two times, in milliseconds.
    func length(from start: Int64, to end: Int64) -> Int64 {
        spans.reduce(0) { $0 + max(0, min($1.upperBound, end) - max($1.lowerBound, start)) }
    }
}
