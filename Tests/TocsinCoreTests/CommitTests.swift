import Testing
import TocsinCore
import TocsinModel
import TocsinWire

/// In which order the outputs of a commit leave.
struct CommitTests {
    @Test(arguments: [(1, 20), (3, 50), (16, 16), (17, 40), (100, 9), (2, 300), (3, 513)])
    func `what goes to one connection stays in its order, and leaves in rows`(connections: Int, each: Int) throws {
        var harness = try Harness()
        var heard: [(peer: String, payload: String)] = []
        harness.turn { broker, turn in
            for number in 0..<each {
                for connection in 0..<connections {
                    let peer = Scene.peer("c-\(connection)")
                    broker.handle(.ping(.reports, peer, "\(number)"), into: &turn)
                }
            }
            turn.commit.forEachByConnection { output in
                guard case .pong(_, let peer, let payload) = output else { return }
                heard.append((Scene.name(peer), payload))
            }
        }
        #expect(heard.count == connections * each)
        let changes = zip(heard, heard.dropFirst()).count { $0.peer != $1.peer }
        let rows = (each + 255) / 256 * connections
        #expect(changes == (connections == 1 ? 1 : connections * each < 64 ? heard.count : rows) - 1)
        for connection in 0..<connections {
            let payloads = heard.filter { $0.peer == "c-\(connection)" }.map(\.payload)
            #expect(payloads == (0..<each).map { "\($0)" })
        }
    }
}
