import Glibc
import Testing

extension DaemonTests {
    /// Standard error that nobody reads.
    @Suite struct LogTests {
        @Test func `a log that nobody reads keeps nobody waiting, and the end does not wait for it`() throws {
            let station = try Station()
            let path = station.folder + "/errors-1"
            try TestFailure.check(mkfifo(path, 0o600), "mkfifo")
            // Open for both directions: the daemon's own opening then waits for nobody.
            let pipe = try TestFailure.check(open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK), "open")
            defer { close(pipe) }
            // F_SETPIPE_SZ (fcntl(2)): a page, so that it is soon full.
            try TestFailure.check(fcntl(pipe, 1031, 4096), "fcntl")
            let daemon = try station.start()
            try station.write("rules.yaml", "rules: [\(String(repeating: "x, ", count: 300))]")
            let control = try daemon.control()
            for _ in 0..<30 {
                #expect(try control.ask("TIP1 RELOAD r").header == "TIP1 REFUSED r invalid")
            }
            #expect(try daemon.reporter().ask("TIP1 REPORT r", report("a1")).header == "TIP1 RECEIPT r")
            #expect(try daemon.stop() == .code(0))
        }
    }
}
