import Testing

@testable import TocsinService

/// Whose turn it is among those who wait to be let in.
struct WaitingRoomTests {
    private func order(_ arrivals: [(name: String, address: UInt64)]) -> [String] {
        var room = WaitingRoom<String>(places: 10)
        for (name, address) in arrivals { room.add(name, from: address) }
        var order: [String] = []
        while let (newcomer, _) = room.next() { order.append(newcomer) }
        return order
    }

    @Test func `those of one address go in as they came`() {
        #expect(order([("a", 1), ("b", 1), ("c", 1)]) == ["a", "b", "c"])
    }

    @Test func `a crowd of one address keeps nobody else waiting`() {
        let crowd = (0..<5).map { (name: "crowd \($0)", address: UInt64(1)) }
        let order = order(crowd + [("b", 2), ("c", 3)])
        #expect(order.prefix(4) == ["crowd 0", "b", "c", "crowd 1"])
    }

    @Test func `whoever is sent back goes behind those of its address, who have their turn`() {
        var room = WaitingRoom<String>(places: 10)
        for name in ["silent", "speaks"] { room.add(name, from: 1) }
        let first = room.next()
        room.add("silent", from: 1)
        let (second, third, end) = (room.next(), room.next(), room.next())
        #expect([first, second, third].map { $0?.newcomer } == ["silent", "speaks", "silent"])
        #expect(end == nil && room.count == 0)
    }

    /// A room of six places.
    private func room(_ arrivals: [(name: String, address: UInt64)]) -> WaitingRoom<String> {
        var room = WaitingRoom<String>(places: 6)
        for (name, address) in arrivals { room.add(name, from: address) }
        return room
    }

    @Test func `an address has less than its share until it has as many places as there are for each`() {
        let room = room([("a", 1), ("b", 1), ("c", 1), ("d", 1), ("e", 1), ("f", 2)])
        #expect(room.isFull)
        // Three for each of two, two for each of three.
        #expect(!room.hasLessThanItsShare(1) && room.hasLessThanItsShare(2) && room.hasLessThanItsShare(3))
        var crowded = room
        _ = crowded.takeFromLongestLine { _ in true }
        #expect(!crowded.isFull)
        crowded.add("g", from: 2)
        crowded.add("h", from: 2)
        #expect(!crowded.hasLessThanItsShare(2) && crowded.hasLessThanItsShare(3))
    }

    @Test func `where each has a line of its own nobody has less than its share`() {
        let room = room((1...6).map { ("\($0)", UInt64($0)) })
        #expect(!(1...9).contains { room.hasLessThanItsShare($0) })
    }

    @Test func `a place is taken from the longest line, of the first who is silent, else of the last`() {
        var room = room([("x", 2), ("says", 1), ("silent", 1), ("silent too", 1), ("y", 2), ("last", 1)])
        let isSilent = { (name: String) in name.hasPrefix("silent") }
        var taken: [String?] = []
        for _ in 0..<3 { taken.append(room.takeFromLongestLine(isSilent: isSilent)) }
        #expect(taken == ["silent", "silent too", "last"] || taken == ["silent", "silent too", "y"])
        var rest: [String] = []
        while let (newcomer, _) = room.next() { rest.append(newcomer) }
        #expect(rest.sorted() == ["says", "x", taken[2] == "y" ? "last" : "y"].sorted())
        let nobody = room.takeFromLongestLine(isSilent: isSilent)
        #expect(nobody == nil && room.count == 0)
    }

    @Test func `the longest line is known whatever has come and gone`() {
        var room = WaitingRoom<Int>(places: 500)
        var lines: [UInt64: [Int]] = [:]
        var state: UInt64 = 7
        func chance(_ most: UInt64) -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 33 % most
        }
        for step in 0..<20_000 {
            let address = 1 + min(chance(40), chance(40))
            if chance(9) < 4, !room.isFull {
                room.add(step, from: address)
                lines[address, default: []].append(step)
            } else if chance(2) == 0, let (newcomer, address) = room.next() {
                let first = lines[address]?.removeFirst()
                #expect(first == newcomer)
            } else if let newcomer = room.takeFromLongestLine(isSilent: { _ in true }) {
                let longest = lines.values.map(\.count).max()
                let line = lines.first { $0.value.first == newcomer }
                #expect(line?.value.count == longest)
                if let line { lines[line.key]?.removeFirst() }
            }
            let count = lines.values.reduce(0) { $0 + $1.count }
            guard room.count == count else {
                Issue.record("There are \(room.count), and \(count) were expected.")
                return
            }
        }
    }
}
