import DequeModule

/// Newcomers who wait for their turn, which goes round among the addresses they come from. So a crowd of one address keeps
/// nobody else waiting.
struct WaitingRoom<Newcomer> {
    /// Those of one address, in the order in which they came.
    private var lines: [UInt64: Deque<Newcomer>] = [:]
    /// The addresses with a line, in the order of their turns.
    private var turns: Deque<UInt64> = []
    /// The number of newcomers.
    private(set) var count = 0

    /// Adds a newcomer, behind the others of its address.
    mutating func add(_ newcomer: Newcomer, from address: UInt64) {
        if lines[address] == nil { turns.append(address) }
        lines[address, default: []].append(newcomer)
        count += 1
    }

    /// Takes the next newcomer: the first of the address whose turn it is. Nil if nobody waits.
    mutating func next() -> (newcomer: Newcomer, address: UInt64)? {
        guard let address = turns.popFirst(), let newcomer = lines[address]?.popFirst() else { return nil }
        count -= 1
        if lines[address]?.isEmpty == true { lines[address] = nil } else { turns.append(address) }
        return (newcomer, address)
    }
}
