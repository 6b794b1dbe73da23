/// The classes that no rule matches, and those in which nobody has to act, as a reduced decision diagram. It has only the
/// properties that decide it.
struct Gaps {
    struct Node: Hashable {
        /// In every class somebody has to act.
        static let none = Node(number: 0)
        /// No rule matches any class.
        static let gap = Node(number: 1)
        /// The rules that match inform, and name nobody who has to act.
        static let informed = Node(number: 2)

        fileprivate let number: Int32
    }

    /// The number of the first node that is a branch.
    private static let firstBranch: Int32 = 3

    private struct Branch: Hashable {
        let level: Int32
        /// The node of every class that is not among the others.
        let base: Node
        let choices: [Int32]
        let nodes: [Node]
    }

    private var branches: [Branch] = []
    /// The ends that each branch leads to, as bits of their numbers.
    private var ends: [UInt8] = []
    private var numbers: [Branch: Node] = [:]
    private(set) var root = Node.none

    mutating func setRoot(_ children: [Node]) { root = node(0, children) }

    /// Returns the node of a level with a child for each class.
    mutating func node(_ level: Int32, _ children: [Node]) -> Node {
        let others = children.enumerated().dropFirst().filter { $0.element != children[0] }
        return node(level, base: children[0], others: others.map { (Int32($0.offset), $0.element) })
    }

    /// Returns the node of a level whose classes have the same child, but for some.
    mutating func node(_ level: Int32, base: Node, others: [(choice: Int32, node: Node)]) -> Node {
        guard !others.isEmpty else { return base }
        let branch = Branch(level: level, base: base, choices: others.map(\.choice), nodes: others.map(\.node))
        if let known = numbers[branch] { return known }
        let node = Node(number: Int32(branches.count) + Self.firstBranch)
        branches.append(branch)
        ends.append(branch.nodes.reduce(self.ends(of: base)) { $0 | self.ends(of: $1) })
        numbers[branch] = node
        return node
    }

    private func ends(of node: Node) -> UInt8 {
        node.number < Self.firstBranch ? 1 << UInt8(node.number) : ends[Int(node.number - Self.firstBranch)]
    }

    /// Some classes: of each property that is named, those of its classes that are meant.
    struct Box: Hashable {
        var choices: [Int32: [Int32]] = [:]

        /// The number of classes, of which the properties have so many each.
        func size(in counts: [Int]) -> Double {
            min(counts.indices.reduce(1) { $0 * Double(choices[Int32($1)]?.count ?? counts[$1]) }, Levels.mostClasses)
        }
    }

    /// Returns the classes with one end as boxes that do not overlap, at most so many.
    ///
    /// - Parameters:
    ///   - end: ``Node/gap`` or ``Node/informed``.
    ///   - counts: the number of classes of each level.
    ///   - limit: the most boxes.
    ///   - isMeant: whether a class of a level is asked about.
    func boxes(of end: Node, counts: [Int], limit: Int, where isMeant: (Int32, Int32) -> Bool) -> (
        boxes: [Box], isCut: Bool
    ) {
        var boxes: [Box] = []
        var isCut = false
        func add(_ node: Node, _ box: Box) {
            guard ends(of: node) & ends(of: end) != 0, !isCut else { return }
            guard node != end else {
                guard boxes.count < limit else {
                    isCut = true
                    return
                }
                return boxes.append(box)
            }
            let branch = branches[Int(node.number - Self.firstBranch)]
            var lists: [(node: Node, choices: [Int32])] = []
            var places: [Node: Int] = [:]
            var exception = 0
            for choice in 0..<Int32(counts[Int(branch.level)]) {
                var child = branch.base
                if exception < branch.choices.count, branch.choices[exception] == choice {
                    child = branch.nodes[exception]
                    exception += 1
                }
                guard ends(of: child) & ends(of: end) != 0, isMeant(branch.level, choice) else { continue }
                if let place = places[child] {
                    lists[place].choices.append(choice)
                } else {
                    places[child] = lists.count
                    lists.append((child, [choice]))
                }
            }
            for (child, choices) in lists {
                var part = box
                part.choices[branch.level] = choices
                add(child, part)
            }
        }
        add(root, Box())
        return (boxes, isCut)
    }
}
