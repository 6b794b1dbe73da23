import Testing

@testable import TocsinService

/// Whose turn it is among those who wait to be let in.
struct WaitingRoomTests {
    private func order(_ arrivals: [(name: String, address: UInt64)]) -> [String] {
        var room = WaitingRoom<String>()
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
        var room = WaitingRoom<String>()
        for name in ["silent", "speaks"] { room.add(name, from: 1) }
        let first = room.next()
        room.add("silent", from: 1)
        let (second, third, end) = (room.next(), room.next(), room.next())
        #expect([first, second, third].map { $0?.newcomer } == ["silent", "speaks", "silent"])
        #expect(end == nil && room.count == 0)
    }
}
