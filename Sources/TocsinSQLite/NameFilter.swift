import Foundation
import Synchronization
import Threads
import TocsinJournal
import TocsinModel

/// Tells for most new reports that the journal does not have them, so that neither tail nor table need be asked. It is
/// a Bloom filter over the names of the journal's incidents (Bloom, "Space/time trade-offs in hash coding with
/// allowable errors", CACM 13, 1970).
///
/// Nearly every report is new, and its reporter and recipients would wait for SQLite's answer. A name's bits are all in
/// one word (Putze, Sanders, Singler, "Cache-, Hash- and Space-Efficient Bloom Filters", 2007).
///
/// Any thread may ask and add. A name is added before it is in the journal. The earlier names are read from the table
/// on a thread of its own. Until that has ended the filter excludes no name.
///
/// `@unchecked Sendable`: `words` is set once, and the words in it are atomic.
final class NameFilter: @unchecked Sendable {
    /// The bits per record when the journal is opened. About every second record is an incident, so one in about
    /// twenty-five names that the table does not have is asked for. It is one in two if there are four times as many.
    private static let bitsPerRecord = 4
    /// The least size, 1 MB, for a journal that is small when it is opened. At a million incidents one new name in
    /// twenty-five is asked for.
    private static let leastBits = 1 << 23
    /// The number of names that are read together, in some milliseconds.
    static let chunk = 5_000
    /// The delay before the first names are read, so that peers that wait for the start come first.
    private static let delay: TimeInterval = 5
    /// The pause between two chunks, so that others have the disk and the processor first.
    private static let pause: TimeInterval = 0.02

    private let words: UnsafeMutableBufferPointer<Atomic<UInt64>>
    private let isComplete: Atomic<Bool>

    /// Creates a filter for a table with `records` records. It is complete if there are none.
    init(records: Int64) {
        let needed = max(Self.leastBits, Int(records) * Self.bitsPerRecord)
        words = .allocate(capacity: 1 << (Int.bitWidth - (needed / 64 - 1).leadingZeroBitCount))
        for word in words.indices { words.initializeElement(at: word, to: Atomic(0)) }
        isComplete = Atomic(records == 0)
    }

    deinit {
        words.deinitialize()
        words.deallocate()
    }

    /// Returns true if the journal certainly has no incident of this name.
    func excludes(_ name: ReportName) -> Bool {
        guard isComplete.load(ordering: .acquiring) else { return false }
        let (word, bits) = bits(of: name)
        return words[word].load(ordering: .relaxed) & bits != bits
    }

    /// Adds a name that is in the journal, or will be soon.
    func add(_ name: ReportName) {
        let (word, bits) = bits(of: name)
        words[word].bitwiseOr(bits, ordering: .relaxed)
    }

    /// Returns the word of a name, and four bits in it.
    private func bits(of name: ReportName) -> (word: Int, bits: UInt64) {
        let hash = UInt64(truncatingIfNeeded: name.hashValue)
        let bits = (0..<4).reduce(0 as UInt64) { $0 | 1 << (hash >> ($1 * 6) & 63) }
        return (Int(hash >> 24) & (words.count - 1), bits)
    }

    /// Reads the table's names, after a delay, beside other work. If they cannot be read, or the system has no thread
    /// for it, the filter never excludes a name.
    func fill(from table: RecordTable) {
        guard !isComplete.load(ordering: .relaxed) else { return }
        try? OwnThread.start("tocsin-names") { [weak self, weak table] in
            Thread.sleep(forTimeInterval: Self.delay)
            var last: ReportName?
            while let self, let table, (try? addNext(of: table, after: &last)) ?? false {
                Thread.sleep(forTimeInterval: Self.pause)
            }
        }
    }

    /// Adds the table's next names. Returns false if there are no more, and the filter is complete.
    func addNext(
        of table: RecordTable, after last: inout ReportName?, limit: Int = NameFilter.chunk
    ) throws(JournalError) -> Bool {
        let names = try table.names(after: last, limit: limit)
        for name in names { add(name) }
        last = names.last
        if names.isEmpty { isComplete.store(true, ordering: .releasing) }
        return !names.isEmpty
    }
}
