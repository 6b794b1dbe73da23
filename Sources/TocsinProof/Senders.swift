import TocsinModel
import TocsinRouting

/// The classes of senders: the sets of patterns that one sender can match.
///
/// Names without an asterisk are looked at one by one. For the others, all patterns are read along together, letter by
/// letter, from the empty text on (the subset construction of Rabin and Scott, 1959): each set of positions that can be
/// reached is looked at once, by its shortest text. Where they are too many for that, patterns are like searches: each holds
/// or not, whatever else holds.
struct Senders {
    /// The positions that are looked at.
    private static let mostPositions = 2_000_000

    private(set) var choices: [Level.Choice] = []
    /// The atoms that are decided like searches.
    private(set) var searched: Set<Int32> = []

    /// One pattern with asterisks, as its letters.
    private struct Glob {
        let atom: Int32
        let letters: [Unicode.Scalar]
    }

    /// A text, as the positions that each pattern may have reached by it.
    private struct State: Hashable {
        var positions: [[Int]]
    }

    init(_ atoms: [(number: Int32, patterns: [SenderPattern])]) {
        let globs = atoms.flatMap { atom in
            atom.patterns.filter { $0.exact == nil }.map {
                Glob(atom: atom.number, letters: Array($0.text.unicodeScalars))
            }
        }
        let patterns = atoms.map { ($0.number, $0.patterns.filter { $0.exact == nil }) }.filter { !$0.1.isEmpty }
        let names = Set(atoms.flatMap { $0.patterns.compactMap(\.exact) })
        let other = Self.other(than: globs.flatMap(\.letters) + names.flatMap(\.unicodeScalars))
        let texts = Self.texts(of: globs, other)
        if texts == nil { searched = Set(globs.map(\.atom)) }
        var exact: [[UInt8]: (sender: String, atoms: [Int32])] = [:]
        var order: [[UInt8]] = []
        for (number, patterns) in atoms where !searched.contains(number) {
            for case let name? in patterns.map(\.exact) {
                let bytes = Array(name.utf8)
                if exact[bytes] == nil { order.append(bytes) }
                if exact[bytes]?.atoms.last != number { exact[bytes, default: (name, [])].atoms.append(number) }
            }
        }
        var classes = Classes<String?>()
        if texts == nil { classes.add(nil, []) }
        for sender in texts ?? [] {
            let matched = Self.matched(sender, patterns)
            guard exact[Array(sender.utf8)] != nil else {
                classes.add(sender, matched)
                continue
            }
            // A name that a rule has by itself stands for no others, so another takes its place.
            let longer = Self.longer(sender, Self.letters(of: globs) + [other]).first {
                exact[Array($0.utf8)] == nil && Self.isSender($0) && Self.matched($0, patterns) == matched
            }
            if let longer { classes.add(longer, matched) }
        }
        for bytes in order {
            guard let (sender, numbers) = exact[bytes], Self.isSender(sender) else { continue }
            classes.add(sender, Set(numbers + (texts == nil ? [] : Self.matched(sender, patterns))).sorted())
        }
        choices = classes.sorted.map { Level.Choice(truths: $0.truths, content: .sender($0.values.first ?? nil)) }
    }

    private static func matched(_ sender: String, _ atoms: [(Int32, [SenderPattern])]) -> [Int32] {
        atoms.filter { $0.1.contains { $0.matches(sender) } }.map(\.0)
    }

    /// Returns a text for each set of positions, the shortest first; none of them is empty. Nil if there are too many.
    private static func texts(of globs: [Glob], _ other: Unicode.Scalar) -> [String]? {
        let letters = letters(of: globs)
        var texts: [String] = []
        var seen: Set<State> = []
        var waiting: [(state: State, text: String)] = [
            (State(positions: globs.map { closed([0], $0.letters) }), "")
        ]
        var (next, positions) = (0, 0)
        while next < waiting.count {
            let (state, text) = waiting[next]
            next += 1
            for letter in [other] + letters {
                let moved = State(
                    positions: zip(globs, state.positions).map { move($1, by: letter, $0.letters) })
                positions += globs.count
                guard positions <= mostPositions else { return nil }
                guard seen.insert(moved).inserted else { continue }
                let longer = text + String(letter)
                texts.append(longer)
                waiting.append((moved, longer))
            }
        }
        return texts
    }

    private static func letters(of globs: [Glob]) -> [Unicode.Scalar] {
        Set(globs.flatMap(\.letters)).subtracting(["*"]).filter { isSender(String($0)) }.sorted()
    }

    /// Returns a letter that is none of these, a plain one if there is one. A sender may have any.
    private static func other(than letters: [Unicode.Scalar]) -> Unicode.Scalar {
        let known = Set(letters)
        let plain = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".unicodeScalars
        let han = (0x4e00...0x9fff as ClosedRange<UInt32>).lazy.compactMap(Unicode.Scalar.init)
        return plain.first { !known.contains($0) } ?? han.first { !known.contains($0) } ?? "-"
    }

    /// Returns a text with each letter at each of its places, the last place first.
    private static func longer(_ text: String, _ letters: [Unicode.Scalar]) -> some Sequence<String> {
        let scalars = Array(text.unicodeScalars)
        return (0...scalars.count).reversed().lazy.flatMap { place in
            letters.lazy.map { letter in
                var longer = String.UnicodeScalarView()
                longer.append(contentsOf: scalars[..<place] + [letter] + scalars[place...])
                return String(longer)
            }
        }
    }

    /// Returns the positions after a letter. An asterisk keeps its position.
    private static func move(_ positions: [Int], by letter: Unicode.Scalar, _ letters: [Unicode.Scalar]) -> [Int] {
        var moved: [Int] = []
        for position in positions where position < letters.count {
            if letters[position] == "*" { moved.append(position) }
            if letters[position] == letter { moved.append(position + 1) }
        }
        return closed(moved, letters)
    }

    /// Returns the positions, and those after the asterisks that they are at.
    private static func closed(_ positions: [Int], _ letters: [Unicode.Scalar]) -> [Int] {
        var all = Set(positions)
        for var position in positions {
            while position < letters.count, letters[position] == "*" {
                position += 1
                all.insert(position)
            }
        }
        return all.sorted()
    }

    /// True if a report may have the sender, as far as its characters go (CAP 1.2, 3.2.1).
    private static func isSender(_ text: String) -> Bool {
        text.count <= Limits.nameCharacters
            && text.unicodeScalars.allSatisfy {
                $0.value > 0x20 && $0.value != 0x7f && !" ,<&".unicodeScalars.contains($0)
            }
    }
}
