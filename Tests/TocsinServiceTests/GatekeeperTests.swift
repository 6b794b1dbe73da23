import Testing
import TocsinAccess
import TocsinModel
import TocsinRouting
import ZeroMQ

@testable import TocsinService

/// Who is let in, and how each message says whose it is.
struct GatekeeperTests {
    private let key = "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID"

    private func gatekeeper(_ rights: String) throws -> Gatekeeper {
        let directory = Directory(departments: [], roles: [], places: [:])
        let clients = try ClientList(
            yaml: "clients:\n  - { name: a, key: \"\(key)\", \(rights) }", file: "c", directory: directory, now: nil)
        return try Gatekeeper(clients: clients, done: try WakeUp())
    }

    private func request(_ domain: String, _ key: [UInt8]?, mechanism: String = "CURVE") -> [[UInt8]] {
        ["1.0", "7", domain, "127.0.0.1", "", mechanism].map { Array($0.utf8) } + (key.map { [$0] } ?? [])
    }

    /// The bytes of a key (RFC 32).
    private func bytes(_ z85: String) -> [UInt8] {
        let digits = Array("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#".utf8)
        let text = Array(z85.utf8)
        return stride(from: 0, to: text.count, by: 5).flatMap { start -> [UInt8] in
            let value = text[start..<start + 5].reduce(UInt32(0)) { $0 * 85 + UInt32(digits.firstIndex(of: $1) ?? 0) }
            return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
        }
    }

    private func code(_ reply: [[UInt8]]) -> String { String(decoding: reply[2], as: UTF8.self) }

    @Test func `a known key is let in under an identity of the broker's, and each one is another`() throws {
        let gatekeeper = try gatekeeper("report: all")
        var identities: Set<[UInt8]> = []
        for _ in 0..<1000 {
            let reply = gatekeeper.reply(to: request("keys", bytes(key)))
            #expect(code(reply) == "200" && reply[1] == Array("7".utf8))
            // One property: its name after one byte of length, its value after four.
            #expect(Array(reply[5].prefix(13)) == [8] + Array("Identity".utf8) + [0, 0, 0, 7])
            let identity = Array(reply[5].dropFirst(13))
            identities.insert(identity)
            let user = String(decoding: reply[4], as: UTF8.self)
            let principal = identity.withUnsafeBytes { ConnectionIdentity.principal($0, user: user) }
            #expect(principal.flatMap { gatekeeper.principals[$0]?.name.text } == "a" && identity[0] != 0)
        }
        #expect(identities.count == 1000 && gatekeeper.counts == (1000, 0))
    }

    @Test func `a stranger, another mechanism and another domain are refused`() throws {
        let gatekeeper = try gatekeeper("report: all")
        #expect(code(gatekeeper.reply(to: request("keys", [UInt8](repeating: 1, count: 32)))) == "400")
        #expect(code(gatekeeper.reply(to: request("keys", [UInt8](repeating: 1, count: 31)))) == "400")
        #expect(code(gatekeeper.reply(to: request("keys", nil, mechanism: "NULL"))) == "500")
        #expect(code(gatekeeper.reply(to: request("keys", Array("a".utf8), mechanism: "PLAIN"))) == "500")
        #expect(code(gatekeeper.reply(to: request("elsewhere", bytes(key)))) == "500")
        #expect(code(gatekeeper.reply(to: [])) == "500")
        #expect(code(gatekeeper.reply(to: request("feed", bytes(key)))) == "500")
        #expect(code(gatekeeper.reply(to: request("feed/-1", bytes(key)))) == "500")
        #expect(gatekeeper.counts == (0, 2))
    }

    @Test func `a connection to the feed is let in once, and only for whoever may see some of it`() throws {
        let watcher = try gatekeeper("feed: [state/]")
        #expect(code(watcher.reply(to: request("feed/7", bytes(key)))) == "400", "Nobody has come there.")
        watcher.feed.expect(7)
        #expect(code(watcher.reply(to: request("feed/7", bytes(key)))) == "200")
        #expect(code(watcher.reply(to: request("feed/7", bytes(key)))) == "400")
        #expect(watcher.feed.take().map(\.serial) == [7] && watcher.feed.take().isEmpty && watcher.feed.count == 1)
        let reporter = try gatekeeper("report: all")
        reporter.feed.expect(7)
        #expect(code(reporter.reply(to: request("feed/7", bytes(key)))) == "400" && reporter.feed.count == 0)
    }

    @Test func `a client has so many connections to the feed, and one that has ended makes room`() throws {
        let gatekeeper = try gatekeeper("feed: all")
        func come(_ serial: FeedAdmissions.Serial) -> String {
            gatekeeper.feed.expect(serial)
            return code(gatekeeper.reply(to: request("feed/\(serial)", bytes(key))))
        }
        let most = FeedAdmissions.Serial(Limits.feedSubscribersPerClient)
        for serial in 1...most { #expect(come(serial) == "200") }
        #expect(come(most + 1) == "400")
        gatekeeper.feed.forget(most + 1)
        gatekeeper.feed.forget(1)
        #expect(come(most + 2) == "200" && gatekeeper.feed.count == Int(most))
        for serial in 2...most + 2 { gatekeeper.feed.forget(serial) }
        #expect(gatekeeper.feed.count == 0)
    }

    @Test func `an identity that is not from here is nobody's`() {
        let identity = ConnectionIdentity(PrincipalNumber(value: 5), 0x0102_03ff)
        func principal(_ bytes: [UInt8], _ user: String?) -> PrincipalNumber? {
            bytes.withUnsafeBytes { ConnectionIdentity.principal($0, user: user) }
        }
        #expect(identity.text == "010005010203ff")
        #expect(principal(identity.bytes, identity.text) == PrincipalNumber(value: 5))
        #expect(principal(identity.bytes, nil) == nil)
        #expect(principal(identity.bytes, "010005010203fe") == nil && principal(identity.bytes, "") == nil)
        #expect(principal([1, 2, 3], "010203") == nil && principal([0, 1, 2, 3, 4], "0001020304") == nil)
        let last = ConnectionIdentity(.largest, .max)
        #expect(last.bytes[0] != 0 && principal(last.bytes, last.text) == .largest)
    }
}
