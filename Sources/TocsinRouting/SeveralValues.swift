import TocsinModel

/// A report's values in the dimensions that allow several: those that some rule asks for, each once.
struct SeveralValues {
    typealias List = Slice<UnsafeMutableBufferPointer<UInt64>>

    fileprivate var cells: List
    fileprivate var events: List
    fileprivate var named: List
    fileprivate var words: List

    /// The values in the dimension with this bit.
    subscript(bit bit: UInt32) -> List {
        switch bit {
        case Dimension.event.bit: events
        case Dimension.named.bit: named
        case Dimension.near.bit: cells
        default: words
        }
    }

    /// The values that rules ask for.
    struct Known: Sendable {
        private let events: KeyTable
        private let named: KeyTable
        private let asksEvents: Bool
        private let asksParameters: Bool
        private let asksEventCodes: Bool
        private let words: DemandedWordTable?
        private let cells: KeyTable
        /// The sizes of cells that rules ask for.
        private let levels: CircleCells.Levels

        /// `words` are the words that are demanded, and `circles` the circles, among others those in the keys.
        init(_ keys: [RuleKeys], words: [[UInt8]], circles: [Circle]) {
            let events = Set(keys.flatMap { $0.values(of: .event) })
            let named = Set(keys.flatMap { $0.values(of: .named) })
            asksEvents = !events.isEmpty
            asksParameters = named.contains { Hash.isOfParameter($0) }
            asksEventCodes = named.contains { !Hash.isOfParameter($0) }
            self.events = KeyTable(keys: events)
            self.named = KeyTable(keys: named)
            self.words = DemandedWordTable(words, keys: Set(keys.flatMap { $0.values(of: .word) }))
            cells = KeyTable(keys: Set(keys.flatMap { $0.values(of: .near) }))
            levels = circles.reduce(into: CircleCells.Levels()) { $0.insert(CircleCells.level(of: $1)) }
        }

        /// The most values that a report can have.
        func most(of subject: Case) -> Int {
            1 + 2 * subject.report.eventCodes.count + subject.report.parameters.count + (words?.count ?? 0)
                + levels.count
        }

        /// Writes a report's values into memory that has room for ``most(of:)`` of them.
        func values(of subject: Case, in memory: UnsafeMutableBufferPointer<UInt64>) -> SeveralValues {
            var count = 0
            // Only values that some rule asks for are looked up, each once. A report with ten thousand codes costs their
            // hashes and no more.
            func add(_ hash: UInt64, from start: Int, ifIn known: KeyTable) {
                guard known.contains(hash), !memory[start..<count].contains(hash) else { return }
                memory[count] = hash
                count += 1
            }
            if asksEvents {
                add(Hash.of(subject.report.event), from: 0, ifIn: events)
                for code in subject.report.eventCodes { add(Hash.of(code.value), from: 0, ifIn: events) }
            }
            let eventCount = count
            if asksParameters {
                for value in subject.report.parameters {
                    add(Hash.ofParameter(value), from: eventCount, ifIn: named)
                }
            }
            if asksEventCodes {
                for code in subject.report.eventCodes { add(Hash.ofEventCode(code), from: eventCount, ifIn: named) }
            }
            let namedCount = count
            words?.forEachFound(in: subject) { key in
                memory[count] = key
                count += 1
            }
            let wordCount = count
            if !levels.isEmpty, let point = subject.report.point {
                CircleCells.forEachCell(of: point, at: levels) { add($0, from: wordCount, ifIn: cells) }
            }
            return SeveralValues(
                cells: memory[wordCount..<count], events: memory[..<eventCount], named: memory[eventCount..<namedCount],
                words: memory[namedCount..<wordCount])
        }
    }
}

/// The words by which rules are found.
private struct DemandedWordTable: Sendable {
    private let automaton: WordAutomaton
    /// The keys of the automaton's words.
    private let keys: [UInt64]

    /// Creates the table of those words that are in `keys`; nil where there are none.
    init?(_ words: [[UInt8]], keys: Set<UInt64>) {
        guard !keys.isEmpty else { return nil }
        let words = Set(words.filter { keys.contains(Hash.of($0)) }).sorted { $0.lexicographicallyPrecedes($1) }
        automaton = WordAutomaton(words)
        self.keys = words.map { Hash.of($0) }
    }

    /// The number of words.
    var count: Int { keys.count }

    /// Calls `body` with the keys of the words that a report has in its texts or in its sender, each once.
    func forEachFound(in subject: Case, _ body: (UInt64) -> Void) {
        withUnsafeTemporaryAllocation(of: Bool.self, capacity: keys.count) { marks in
            marks.initialize(repeating: false)
            automaton.find(in: CaseFolding.fold(subject.report.name.sender), marks) { body(keys[$0]) }
            subject.forEachText { automaton.find(in: $0.folded, marks) { body(keys[$0]) } }
        }
    }
}
