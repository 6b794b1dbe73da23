import Foundation
import Testing

extension DaemonTests {
    /// Files that are not what the daemon left: it does not go on as if nothing were missing.
    @Suite struct RestoreTests {
        let station: Station

        init() throws {
            station = try Station()
        }

        private var tail: String { station.folder + "/state/journal.tail" }

        @Test func `a tail that was cut short is refused, not taken for whole`() throws {
            let daemon = try station.start()
            let reporter = try daemon.reporter()
            // The table is locked, so that all of them are in the tail alone.
            let lock = try station.lockJournal()
            for number in 1...40 { _ = try reporter.incident("a\(number)") }
            try daemon.killNow()
            try lock.release()
            let handle = try #require(FileHandle(forUpdatingAtPath: tail))
            try handle.truncate(atOffset: 4096 * 12)
            try handle.close()
            let outcome = try station.runWithConfiguration()
            #expect(outcome.exit == .code(1))
            #expect(outcome.errors.contains("\(tail) is damaged: it was cut short"), "\(outcome.errors)")
        }

        @Test func `a restored backup is declared once, and terminals are told another epoch`() throws {
            let first = try station.start()
            _ = try first.reporter().incident("a1")
            #expect(try first.query("SELECT count(*) FROM incidents") == ["1"])
            let backup = station.folder + "/backup.sqlite"
            _ = try station.query("VACUUM INTO '\(backup)'")
            let second = try first.reporter().incident("a2")
            let epoch = try #require(try first.info()["journal"]["epoch"].text)
            #expect(try first.stop() == .code(0))

            let state = station.folder + "/state"
            for name in try FileManager.default.contentsOfDirectory(atPath: state) where name.hasPrefix("journal.") {
                try FileManager.default.removeItem(atPath: "\(state)/\(name)")
            }
            try FileManager.default.moveItem(atPath: backup, toPath: station.journal)
            let refused = try station.runWithConfiguration()
            #expect(refused.exit == .code(1))
            #expect(refused.errors.contains("\(tail) is damaged: it is missing"), "\(refused.errors)")
            let declared = try station.runWithConfiguration("--restored")
            #expect(declared.exit == .code(0), "\(declared.errors)")
            #expect(declared.output.hasPrefix("The journal in \(state) has a new epoch, "))

            let restored = try station.start()
            let joined = try restored.peer(at: "alerts").ask("TIP1 JOIN fire desk-1 10").body
            let next = try #require(joined["epoch"].text)
            #expect(next != epoch)
            #expect(try restored.info()["journal"]["epoch"].text == next)
            // The number of an incident that the backup does not have.
            #expect(try restored.reporter().incident("a3") <= second)
        }
    }
}
