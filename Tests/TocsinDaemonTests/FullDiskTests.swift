import Foundation
import Testing

extension DaemonTests {
    /// When there is no room, nothing is receipted that is not on disk, alerts go on, and it all ends by itself.
    @Suite struct FullDiskTests {
        let station: Station

        init() throws {
            station = try Station()
        }

        /// Whether this process may mount a file system of its own.
        private static let canMount: Bool = {
            guard let station = try? Station() else { return false }
            let attempt = ["-m", "/bin/sh", "-c", "mount -t tmpfs tmpfs \(station.folder)"]
            let outcome = try? station.run(program: "/usr/bin/unshare", attempt)
            return outcome?.exit == .code(0)
        }()

        @Test(.enabled(if: canMount, "needs the right to mount a file system"))
        func `a disk that is full is waited for, and used again when there is room`() throws {
            let state = station.folder + "/state"
            let mount = "mkdir \(state) && mount -t tmpfs -o size=2m tmpfs \(state)"
            let daemon = try station.start(
                "--heartbeat", "2500ms", shell: "\(mount) && head -c 1400000 /dev/zero > \(state)/ballast")
            // The mount is the daemon's own, and goes with it.
            let ballast = "/proc/\(daemon.process.processID)/root\(state)/ballast"
            try outlast(daemon) { try FileManager.default.removeItem(atPath: ballast) }
        }

        // The smaller one leaves no room for SQLite's log as it is after the start: the journal is opened to be read.
        @Test(arguments: [300_000, 700_000])
        func `a file-size limit is met like a full disk`(bytes: Int) throws {
            let daemon = try station.start("--heartbeat", "2500ms")
            try daemon.limitFileSize("\(bytes)")
            try outlast(daemon) { try daemon.limitFileSize("unlimited") }
        }

        /// Fills the disk with reports, looks at what works meanwhile, makes room, and looks at what has become of it.
        private func outlast(_ daemon: Daemon, makeRoom: () throws -> Void) throws {
            let terminal = try daemon.terminal("fire")
            terminal.answersPings = false
            let reporter = try daemon.reporter()
            let stored = try fill(reporter)
            let refused = "a\(stored.count + 1)"
            #expect(stored.count > 1)

            // Alerts go out, also to terminals that come now; what must be written is refused.
            let late = try daemon.terminal("fire", as: "late")
            let answers = try late.settle().filter { $0.words[1] == "ALERT" }
            #expect(answers.map { $0.words[3] } == (1...stored.count).map(String.init))
            for command in ["ACKNOWLEDGE", "DECLINE"] {
                let answer = try late.ask("TIP1 \(command) fire 1", #"{"by":"王"}"#)
                #expect(answer.header == "TIP1 REFUSED fire unavailable")
                #expect(try answer.body["retryAfterMs"].number != nil)
            }
            #expect(try reporter.ask("TIP1 REPORT again", report("a1")).body["duplicate"].flag == true)
            #expect(try reporter.ask("TIP1 REPORT again", report(refused)).refusal == "unavailable")
            #expect(try daemon.control().ask("TIP1 RELOAD r").refusal == "unavailable")
            #expect(try daemon.info()["journal"]["available"].flag == false)

            // A heartbeat later the journal has been tried more than once, and nobody has been told so each time.
            var heard: [Answer] = []
            repeat { heard.append(try terminal.receive()) } while heard.last?.words[1] != "PING"
            #expect(heard.filter { $0.words[1] == "JOINED" }.count <= 1)
            #expect(heard.filter { $0.header == "TIP1 ALERT fire 1" }.count <= 2)

            try makeRoom()
            try daemon.waitUntilServingAgain()
            let receipt = try reporter.ask("TIP1 REPORT again", report(refused, bytes: 20_000)).body
            #expect(receipt["duplicate"].flag == false)
            #expect(receipt["recipients"][0]["terminals"].number == 2)
            let last = try terminal.settle().last { $0.words[1] == "ALERT" }
            #expect(last?.header == "TIP1 ALERT fire \(stored.count + 1)")
            _ = try late.settle()
            let answer = try late.ask("TIP1 ACKNOWLEDGE fire 1", #"{"by":"王"}"#)
            #expect(answer.header == "TIP1 CONFIRMED fire 1 acknowledged")

            // What was receipted is there, and what was refused is there once: since it was sent again.
            let listed = try daemon.control().ask("TIP1 INCIDENTS i", #"{"limit":1000}"#).body["incidents"].list
            #expect(listed.map { $0["identifier"].text }.reversed() == stored + [refused])
            #expect(listed.map { $0["open"].flag }.allSatisfy { $0 == true })
        }

        @Test func `steps that become due while the disk is full are counted, and taken when there is room`() throws {
            let daemon = try station.start()
            try daemon.limitFileSize("300000")
            let stored = try fill(daemon.reporter(), event: "impatient")
            var waiting = 0
            while waiting == 0 { waiting = try daemon.info()["waitingSteps"].number ?? 0 }
            #expect(waiting <= stored.count)
            let status = try daemon.info()
            #expect(status["journal"]["available"].flag == false)
            try daemon.limitFileSize("unlimited")
            try daemon.waitUntilServingAgain()
            let leader = try daemon.terminal("leader")
            for _ in stored { #expect(try leader.takeAlert().envelope["escalation"].number == 1) }
            #expect(try daemon.info()["waitingSteps"].number == 0)
        }

        @Test func `a journal that somebody locks for a moment delays no receipt`() throws {
            let daemon = try station.start()
            let lock = try station.lockJournal()
            #expect(try daemon.reporter().ask("TIP1 REPORT r", report("a1")).header == "TIP1 RECEIPT r")
            try lock.release()
            #expect(try daemon.query("SELECT identifier FROM record WHERE kind = 'incident'") == ["a1"])
        }

        /// Reports until one is refused `unavailable`; the identifiers of those before.
        private func fill(_ reporter: Peer, event: String = "fire") throws -> [String] {
            var stored: [String] = []
            for index in 1...1000 {
                let answer = try reporter.ask("TIP1 REPORT r\(index)", report("a\(index)", event: event, bytes: 20_000))
                if answer.header == "TIP1 REFUSED r\(index) unavailable" { return stored }
                #expect(answer.header == "TIP1 RECEIPT r\(index)")
                stored.append("a\(index)")
            }
            throw TestFailure("The disk does not fill up.")
        }
    }
}
