import TocsinModel
import TocsinRouting

/// What searches for words can be met by one text: a text with "gas leak" has "gas" as well.
struct Texts {
    /// The pairs of words that are compared. Files with more words are taken as if none were a part of another.
    private static let mostPairs = 1 << 20

    private struct Search {
        let search: TextSearch
        /// The words folded, in the same order.
        let folded: [[UInt8]]
    }

    private var searches: [Int32: Search] = [:]
    /// The searches that hold wherever one holds, itself not among them.
    private(set) var implied: [Int32: Set<Int32>] = [:]

    init(_ conditions: [Condition]) {
        var count = 0
        for (number, condition) in conditions.enumerated() {
            guard case .text(let search) = condition else { continue }
            searches[Int32(number)] = Search(search: search, folded: search.words.map { CaseFolding.fold($0) })
            count += search.words.count
        }
        guard count <= Self.mostPairs / max(count, 1) else { return }
        for (number, search) in searches {
            let others = searches.filter { $0.key != number && Self.isMet($0.value, byAll: search) }
            if !others.isEmpty { implied[number] = Set(others.keys) }
        }
    }

    /// Returns a word and a field to write it to so that a search holds, and none of those that shall not. `fields` says where
    /// it may be written, best first; nil for any field of a report.
    func place(
        _ number: Int32, avoiding missed: [Int32], in fields: [TextField]? = nil
    ) -> (word: String, field: TextField)? {
        guard let search = searches[number] else { return nil }
        let missed = missed.compactMap { searches[$0] }
        for field in fields ?? search.search.fields where search.search.fields.contains(field) {
            let place = search.folded.firstIndex { word in !missed.contains { Self.isMet($0, by: word, in: field) } }
            if let place { return (search.search.words[place], field) }
        }
        return nil
    }

    /// True if no report has texts that meet some searches and not the others, whatever else it has.
    func areImpossible(_ held: [Int32], without missed: [Int32]) -> Bool {
        held.contains { searches[$0] != nil && place($0, avoiding: missed) == nil }
    }

    /// Returns what to write between two words so that no search is met by parts of both.
    func separator(avoiding missed: [Int32]) -> String {
        let words = missed.compactMap { searches[$0] }.flatMap(\.folded)
        return [" ", ",", ";", "/", "|", "·"].first { sign in !words.contains { $0.has(Array(sign.utf8)) } } ?? " "
    }

    private static func isMet(_ search: Search, byAll other: Search) -> Bool {
        other.search.fields.allSatisfy { field in other.folded.allSatisfy { isMet(search, by: $0, in: field) } }
    }

    private static func isMet(_ search: Search, by word: [UInt8], in field: TextField) -> Bool {
        search.search.fields.contains(field) && search.folded.contains { word.has($0) }
    }
}

extension [UInt8] {
    /// True if the bytes of `part` are a part of these.
    fileprivate func has(_ part: [UInt8]) -> Bool {
        guard let first = part.first else { return true }
        guard count >= part.count else { return false }
        return (0...(count - part.count)).contains { start in
            self[start] == first && self[start..<(start + part.count)].elementsEqual(part)
        }
    }
}
