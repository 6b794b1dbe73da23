import Testing
import TocsinModel
import TocsinWire

@testable import TocsinClient

/// A connection that ends at the worst moment.
@Suite(.timeLimit(.minutes(5)))
struct LostConnectionTests {
    private let fire: Recipient

    init() throws {
        fire = try recipient("fire")
    }

    @Test func `a connection that ends within a message is replaced, and what was whole has come`() async throws {
        let peer = try RawPeer(connections: 3, hearing: "JOIN") { number in
            Self.joined + Self.alert(number) + RawPeer.frame("TIP1 ALERT fire 100", more: true)
        }
        let terminal = try Terminal(endpoint: peer.endpoint, recipients: [fire], name: "desk-2", options: .test)
        var alerts = terminal.alerts.makeAsyncIterator()
        var numbers: [Int64] = []
        for _ in 1...3 { numbers.append(try #require(try await alerts.next()).number.value) }
        #expect(numbers == [1, 2, 3])
        let served = await peer.finish()
        #expect(served == 3)
        await terminal.close()
    }

    @Test func `connections that end while hundreds of messages are being read are replaced`() async throws {
        let connections = 20
        // More frames than libzmq reads between two looks at its news, so that the end comes between two frames too.
        let perConnection = 500
        let peer = try RawPeer(connections: connections, hearing: "JOIN") { number in
            let first = (number - 1) * perConnection
            return Self.joined + (1...perConnection).flatMap { Self.alert(first + $0) }
        }
        let terminal = try Terminal(endpoint: peer.endpoint, recipients: [fire], name: "desk-2", options: .test)
        var numbers = Set<Int64>()
        for try await batch in terminal.batches {
            numbers.formUnion(batch.map(\.number.value))
            if numbers.count == connections * perConnection { break }
        }
        #expect(numbers.count == connections * perConnection)
        await terminal.close()
    }

    @Test func `an answer that came before the end counts`() async throws {
        let peer = try RawPeer(connections: 1, hearing: "CLOSE") { _ in
            RawPeer.frame("TIP1 OK 1", more: true) + RawPeer.frame("{}") + RawPeer.frame("TIP1 OK 2", more: true)
        }
        let control = try Operator(endpoint: peer.endpoint, options: .test)
        let answer = try await control.request(.close)
        #expect(answer == Array("{}".utf8))
        await control.close()
    }

    @Test func `a peer that speaks another protocol is left, and the broker after it is found`() async throws {
        let peer = try RawPeer(connections: 2, hearing: "INFO") { number in
            number == 1 ? [0x7f, 0xff, 0xff] : RawPeer.frame("TIP1 OK 1", more: true) + RawPeer.frame("{}")
        }
        let control = try Operator(endpoint: peer.endpoint, options: .test)
        let answer = try await control.request(.info)
        #expect(answer == Array("{}".utf8))
        await control.close()
    }

    private static let joined = RawPeer.frame("TIP1 JOINED fire", more: true) + RawPeer.frame(Text.joined)

    private static func alert(_ number: Int) -> [UInt8] {
        RawPeer.frame("TIP1 ALERT fire \(number)", more: true)
            + RawPeer.frame(Text.envelope(incident: number), more: true)
            + RawPeer.frame(#"{"identifier":"\#(number)"}"#)
    }
}
