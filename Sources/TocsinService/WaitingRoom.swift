import DequeModule

/// Newcomers who wait for their turn, which goes round among the addresses they come from. So a crowd of one address keeps
/// nobody else waiting.
///
/// Where all places are taken, an address with less than its fair share of them gets one of the address with the most. So a
/// crowd of one address keeps nobody else out either.
struct WaitingRoom<Newcomer> {
    /// The places.
    private let places: Int
    /// Those of one address, in the order in which they came.
    private var lines: [UInt64: Deque<Newcomer>] = [:]
    /// The addresses with a line, in the order of their turns.
    private var turns: Deque<UInt64> = []
    /// The addresses by the length of their lines. So the longest line is found without looking for it.
    private var byLength: [Set<UInt64>] = [[]]
    /// The length of the longest line.
    private var longest = 0
    /// The number of newcomers.
    private(set) var count = 0

    /// The newcomers of the longest line that are looked at for a silent one.
    private static var looks: Int { 16 }

    init(places: Int) {
        self.places = places
    }

    var isFull: Bool { count >= places }

    /// True if fewer of an address wait than there are places for each address, those of this newcomer's among them.
    func hasLessThanItsShare(_ address: UInt64) -> Bool {
        let length = lines[address]?.count ?? 0
        return length < places / (lines.count + (length == 0 ? 1 : 0))
    }

    /// Adds a newcomer, behind the others of its address.
    mutating func add(_ newcomer: Newcomer, from address: UInt64) {
        if lines[address] == nil { turns.append(address) }
        lines[address, default: []].append(newcomer)
        count += 1
        noteLength(of: address, before: (lines[address]?.count ?? 1) - 1)
    }

    /// Takes the next newcomer: the first of the address whose turn it is. Nil if nobody waits.
    mutating func next() -> (newcomer: Newcomer, address: UInt64)? {
        while let address = turns.popFirst() {
            // A line may have ended before its turn.
            guard let newcomer = lines[address]?.popFirst() else { continue }
            count -= 1
            if lines[address]?.isEmpty == false { turns.append(address) }
            noteLength(of: address, before: (lines[address]?.count ?? 0) + 1)
            return (newcomer, address)
        }
        return nil
    }

    /// Takes a newcomer out of the longest line: the first one that is silent, as far as it is looked for, else the last to
    /// come. Nil if nobody waits.
    mutating func takeFromLongestLine(isSilent: (Newcomer) -> Bool) -> Newcomer? {
        guard longest > 0, let address = byLength[longest].first, let line = lines[address] else { return nil }
        let place = line.prefix(Self.looks).firstIndex(where: isSilent) ?? line.count - 1
        let newcomer = lines[address]?.remove(at: place)
        count -= 1
        noteLength(of: address, before: longest)
        return newcomer
    }

    /// Notes that a line has one more or one less, and forgets it if nobody is left.
    private mutating func noteLength(of address: UInt64, before: Int) {
        let now = lines[address]?.count ?? 0
        if now >= byLength.count { byLength.append([]) }
        byLength[before].remove(address)
        if now > 0 { byLength[now].insert(address) } else { lines[address] = nil }
        // No line grows or shrinks by more than one.
        if now > longest { longest = now } else if byLength[longest].isEmpty { longest = max(0, longest - 1) }
    }
}
