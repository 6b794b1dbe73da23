/// Messages that say what would have been right instead of a wrong word.
package enum Suggestion {
    /// The number of valid words that a message lists. A directory may have thousands.
    private static let listed = 40
    /// The length above which words are not compared. A longer word is no slip of the finger, and the cost is the
    /// product of the lengths.
    private static let compared = 64

    /// "'Fier' is not a category; valid are Geo, Met, …; did you mean 'Fire'?"
    package static func message(_ word: String, isNot kind: String, valid: [String]) -> String {
        var message = "\(quoted(word)) is not \(kind); "
        message += valid.isEmpty ? "there is none" : "valid are \(list(valid))"
        if let nearest = nearest(to: word, among: valid) { message += "; did you mean '\(nearest)'?" }
        return message
    }

    /// Returns ``message(_:isNot:valid:)`` with one mark at its end.
    package static func sentence(_ word: String, isNot kind: String, valid: [String]) -> String {
        let message = message(word, isNot: kind, valid: valid)
        return message.hasSuffix("?") ? message : message + "."
    }

    /// "'1101' is not a grid code; valid are …"
    package static func notAGridCode(_ text: String) -> String {
        "\(quoted(text)) is not a grid code; valid are 6, 9, 12 or 15 digits, not 0 first"
    }

    /// Returns the words with commas between, or what is said instead. The end of a long list is visibly cut off.
    package static func list(_ words: [String], limit: Int = listed, separator: String = ", ") -> String {
        guard words.count > limit else { return words.joined(separator: separator) }
        return words.prefix(limit).joined(separator: separator) + "\(separator)… (\(words.count) in all)"
    }

    /// Returns the text in quotation marks, cut if it is long. What may be a secret is not repeated.
    package static func quoted(_ text: String) -> String {
        if KeyText.isLikely(text) { return "what looks like a key, and is not shown here," }
        return text.count > compared ? "'\(text.prefix(compared))…'" : "'\(text)'"
    }

    /// Returns the word that is fewest edits away, if it is near enough to be meant. Of equally near words the first
    /// wins.
    package static func nearest(to word: String, among valid: [String]) -> String? {
        guard word.count <= compared else { return nil }
        let word = Array(word.lowercased())
        let allowed = max(2, word.count / 3)
        var best: (word: String, distance: Int)?
        for candidate in valid where abs(candidate.count - word.count) <= allowed {
            let distance = distance(word, Array(candidate.lowercased()))
            if distance <= allowed, distance < candidate.count, distance < best?.distance ?? .max {
                best = (candidate, distance)
            }
        }
        return best?.word
    }

    /// Returns the number of letters to insert, delete, replace or swap with their neighbour (optimal string
    /// alignment).
    private static func distance(_ left: [Character], _ right: [Character]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for (row, letter) in left.enumerated() {
            var current = [row + 1]
            for (column, other) in right.enumerated() {
                var best = min(last[column] + (letter == other ? 0 : 1), last[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, letter == right[column - 1], left[row - 1] == other {
                    best = min(best, beforeLast[column - 1] + 1)
                }
                current.append(best)
            }
            beforeLast = last
            last = current
        }
        return last[right.count]
    }
}
