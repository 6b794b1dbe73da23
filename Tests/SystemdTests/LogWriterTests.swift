import Dispatch
import Glibc
import Logging
import Testing

@testable import Systemd

/// A log that nobody reads.
struct LogWriterTests {
    @Test func `an entry above the bound is dropped, and the next that is taken says how many were`() {
        let writer = LogWriter(capacity: 2)
        let (holds, opens) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let held = writer.add {
            holds.signal()
            opens.wait()
        }
        #expect(held == .taken(dropped: 0))
        holds.wait()
        #expect(writer.add {} == .taken(dropped: 0))
        #expect(writer.add {} == .taken(dropped: 0))
        for _ in 0..<3 { #expect(writer.add {} == .dropped) }
        #expect(!writer.flush(within: .milliseconds(1)))
        opens.signal()
        #expect(writer.flush(within: .seconds(30)))
        #expect(writer.add {} == .taken(dropped: 3))
        #expect(writer.flush(within: .seconds(30)))
    }

    @Test func `where there is no thread the caller writes, and begins nothing after its limit`() {
        let writer = LogWriter(capacity: 2) { _ in throw NoThread() }
        let written = DispatchSemaphore(value: 0)
        #expect(writer.flush(within: .zero))
        for _ in 1...2 { #expect(writer.add { written.signal() } == .taken(dropped: 0)) }
        #expect(!writer.flush(within: .zero))
        #expect(written.wait(timeout: .now()) == .timedOut)
        #expect(writer.flush(within: .seconds(30)))
        for _ in 1...2 { #expect(written.wait(timeout: .now()) == .success) }
    }

    @Test func `whoever logs into a pipe that nobody reads does not wait, and reads later how much is missing`() throws
    {
        var ends: [CInt] = [-1, -1]
        try #require(pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        let descriptor = ends[1]
        let writer = LogWriter(capacity: 10)
        let logger = Logger(label: "test") { label in
            JournalLogHandler(
                label: label, identifier: "tocsind", fieldPrefix: "TOCSIN_", logLevel: .trace,
                destination: .descriptor(descriptor), writer: writer)
        }
        // A pipe takes 65,536 bytes.
        let padding = String(repeating: "x", count: 1000)
        for _ in 0..<500 { logger.info("line", metadata: ["padding": "\(padding)"]) }

        var text = ""
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while !text.contains("log entries dropped count=") {
            let count = read(ends[0], &buffer, buffer.count)
            try #require(count > 0)
            text += String(decoding: buffer[..<count], as: UTF8.self)
            logger.info("read again")
        }
        #expect(text.split(separator: "\n").count < 500)
        // Nothing may be written when the descriptor is another's.
        #expect(writer.flush(within: .seconds(30)))
    }
}

private struct NoThread: Error {}
