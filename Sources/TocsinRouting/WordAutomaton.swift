/// Finds which of many words a text has, in one pass whose time does not depend on their number (Aho and Corasick:
/// "Efficient string matching", CACM 18/6, 1975, https://doi.org/10.1145/360825.360855).
///
/// A state stands for the longest beginning of a word that the text has just had. An edge leads to one byte more; where
/// there is none, the search goes on from the next shorter beginning.
struct WordAutomaton: Sendable {
    private struct Edge: Sendable {
        /// The state and the byte, and 1 more; 0 for a free slot.
        var key: UInt64 = 0
        var target: Int32 = 0
    }

    private struct State: Sendable {
        /// The state of the next shorter beginning.
        var shorter: Int32 = 0
        /// The word that ends here; -1 for none.
        var word: Int32 = -1
        /// The next shorter beginning that is a word; 0 for none.
        var shorterWord: Int32 = 0
    }

    private static let root: Int32 = 0

    private var states = [State()]
    /// The edges of the root by their byte: most bytes of a text begin no word.
    private var first = [Int32](repeating: WordAutomaton.root, count: 256)
    /// The edges of the other states, each in the first free slot from that which its hash gives.
    private var edges: [Edge] = []
    let wordCount: Int

    /// Creates an automaton for these words, of which none is empty and each is there once.
    init(_ words: [[UInt8]]) {
        wordCount = words.count
        var targets: [UInt64: Int32] = [:]
        var parents: [(state: Int32, byte: UInt8, depth: Int)] = [(Self.root, 0, 0)]
        for (index, word) in words.enumerated() {
            var state = Self.root
            for byte in word {
                let key = Self.key(state, byte)
                if let next = targets[key] {
                    state = next
                } else {
                    let next = Int32(states.count)
                    targets[key] = next
                    states.append(State())
                    parents.append((state, byte, parents[Int(state)].depth + 1))
                    state = next
                }
            }
            states[Int(state)].word = Int32(index)
        }
        addEdges(targets)
        link(parents)
    }

    private mutating func addEdges(_ targets: [UInt64: Int32]) {
        var capacity = 8
        while capacity < 2 * targets.count { capacity *= 2 }
        edges = Array(repeating: Edge(), count: capacity)
        for (key, target) in targets {
            // The root's keys are the bytes.
            if key <= 256 {
                first[Int(key) - 1] = target
                continue
            }
            var slot = Self.slot(key, capacity)
            while edges[slot].key != 0 { slot = (slot + 1) & (capacity - 1) }
            edges[slot] = Edge(key: key, target: target)
        }
    }

    /// Links each state with the next shorter beginnings, the short ones first.
    private mutating func link(_ parents: [(state: Int32, byte: UInt8, depth: Int)]) {
        for index in states.indices.dropFirst().sorted(by: { parents[$0].depth < parents[$1].depth }) {
            let parent = parents[index]
            guard parent.state != Self.root else { continue }
            let shorter = next(states[Int(parent.state)].shorter, parent.byte)
            states[index].shorter = shorter
            states[index].shorterWord =
                states[Int(shorter)].word >= 0 ? shorter : states[Int(shorter)].shorterWord
        }
    }

    /// Marks in `found`, which has a place for each word, those that the text has, and calls `body` with each at its first
    /// mark.
    func find(in text: [UInt8], _ found: UnsafeMutableBufferPointer<Bool>, _ body: (Int) -> Void) {
        var state = Self.root
        for byte in text {
            state = next(state, byte)
            guard state != Self.root else { continue }
            var ending = states[Int(state)].word >= 0 ? state : states[Int(state)].shorterWord
            while ending != Self.root {
                let word = Int(states[Int(ending)].word)
                // The words that it ends with have been found with it.
                if found[word] { break }
                found[word] = true
                body(word)
                ending = states[Int(ending)].shorterWord
            }
        }
    }

    private func next(_ state: Int32, _ byte: UInt8) -> Int32 {
        var state = state
        while state != Self.root {
            let key = Self.key(state, byte)
            var slot = Self.slot(key, edges.count)
            while edges[slot].key != 0 {
                if edges[slot].key == key { return edges[slot].target }
                slot = (slot + 1) & (edges.count - 1)
            }
            state = states[Int(state)].shorter
        }
        return first[Int(byte)]
    }

    private static func key(_ state: Int32, _ byte: UInt8) -> UInt64 { UInt64(state) << 8 + UInt64(byte) + 1 }

    private static func slot(_ key: UInt64, _ capacity: Int) -> Int {
        Int(truncatingIfNeeded: (key &* 0x9e37_79b9_7f4a_7c15) >> 32) & (capacity - 1)
    }
}
