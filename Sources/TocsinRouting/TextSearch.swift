import TocsinModel

/// The words that a rule looks for in a report's texts, without the difference of capital and small letters.
public struct TextSearch: Hashable, Sendable, CustomStringConvertible {
    /// The words as the file has them. One of them must be there, as a part of a text: Chinese has no spaces.
    public let words: [String]
    /// The fields in which they are looked for.
    public let fields: [TextField]
    /// The words folded, in the same order.
    let folded: [[UInt8]]

    public init(_ words: [String], in fields: [TextField] = TextField.allCases) {
        self.words = words
        self.fields = fields
        folded = words.map { CaseFolding.fold($0) }
    }

    /// "gas, 毒气 in headline, description"; without the fields where all are meant.
    public var description: String {
        let words = Suggestion.list(words, limit: 12)
        return fields == TextField.allCases ? words : "\(words) in \(Suggestion.list(fields.map(\.rawValue)))"
    }

    /// The first field that has a word, and the word.
    func found(in texts: ReportTexts) -> (field: TextField, word: String)? {
        for field in fields {
            guard let text = texts[field]?.folded else { continue }
            if let place = folded.firstIndex(where: { text.contains($0) }) { return (field, words[place]) }
        }
        return nil
    }
}

extension [UInt8] {
    /// True if the bytes of `word` are a part of these.
    fileprivate func contains(_ word: [UInt8]) -> Bool {
        withUnsafeBytes { text in
            word.withUnsafeBytes { word in
                guard let first = word.first else { return true }
                guard text.count >= word.count else { return false }
                for start in 0...(text.count - word.count) where text[start] == first {
                    if UnsafeRawBufferPointer(rebasing: text[start..<(start + word.count)]).equals(word) { return true }
                }
                return false
            }
        }
    }
}
