public import TocsinModel

/// A range of a list that goes from the most to the least, such as severities.
///
/// Unknown is no more and no less than anything: only a list that names it has it.
public enum WordRange<Word: RankedWord>: Hashable, Sendable, CustomStringConvertible {
    /// This word or a higher one; never Unknown.
    case atLeast(Word)
    /// This word or a lower one; never Unknown.
    case atMost(Word)
    case oneOf([Word])

    /// The words in it.
    public var words: [Word] { Word.allCases.filter(contains) }

    public func contains(_ word: Word) -> Bool {
        switch self {
        case .atLeast(let least): word.rank <= least.rank && word.rank != Word.unknown.rank
        case .atMost(let most): word.rank >= most.rank && word.rank != Word.unknown.rank
        case .oneOf(let words): words.contains(word)
        }
    }

    public var description: String {
        switch self {
        case .atLeast(let least): "at least \(least.rawValue)"
        case .atMost(let most): "at most \(most.rawValue)"
        case .oneOf(let words): words.map(\.rawValue).joined(separator: " or ")
        }
    }
}
