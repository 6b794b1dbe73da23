import Glibc
import Logging
import Testing

@testable import Systemd

struct JournalLogHandlerTests {
    @Test func `an event is one line of time, level, message and facts in the order of their keys`() throws {
        let lines = try logged { logger in
            logger.notice("alert sent", metadata: ["recipient": "fire", "incident": "1234", "place": "东城区 景山街道"])
        }
        let line = try #require(lines.first)
        #expect(lines.count == 1)
        #expect(line.dropFirst(24) == " notice alert sent incident=1234 place=\"东城区 景山街道\" recipient=fire")
        #expect(line.prefix(24).wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) != nil)
    }

    @Test func `no text can forge a second line`() throws {
        let lines = try logged { logger in
            logger.info("hello\n2026-11-23T08:10:00.123Z critical forged", metadata: ["a\nb": "c\r\nd"])
        }
        #expect(lines.count == 1)
        #expect(
            lines.first?.hasSuffix("hello\\n2026-11-23T08:10:00.123Z critical forged \"a\\nb\"=\"c\\r\\nd\"") == true)
    }

    @Test func `events below the level are not logged`() throws {
        let lines = try logged(level: .warning) { logger in
            logger.info("quiet")
            logger.warning("loud")
            logger.critical("louder")
        }
        #expect(lines.map { $0.dropFirst(25) } == ["warning loud", "critical louder"])
    }

    @Test func `a logger's facts go with each of its events and the event's own win`() throws {
        let provider = Logger.MetadataProvider { ["turn": "7", "recipient": "provided"] }
        let lines = try logged(provider: provider) { logger in
            var logger = logger
            logger[metadataKey: "recipient"] = "fire"
            logger[metadataKey: "desk"] = "2"
            logger.info("joined")
            logger.info("joined", metadata: ["recipient": "police"])
        }
        #expect(
            lines.map { $0.dropFirst(30) } == [
                "joined desk=2 recipient=provided turn=7", "joined desk=2 recipient=police turn=7",
            ])
    }

    @Test func `lines of many threads do not mix`() async throws {
        let file = try ScratchFile()
        let logger = makeLogger(file.descriptor)
        await withTaskGroup { group in
            for task in 0..<8 {
                group.addTask {
                    for number in 0..<50 { logger.info("line", metadata: ["task": "\(task)", "number": "\(number)"]) }
                }
            }
        }
        #expect(LogWriter.shared.flush(within: .seconds(30)))
        let lines = try file.lines()
        #expect(lines.count == 400)
        #expect(lines.allSatisfy { $0.wholeMatch(of: /\S+ info line number=\d+ task=\d/) != nil })
        #expect(Set(lines.map { $0.dropFirst(24) }).count == 400)
    }

    @Test func `the time is UTC with milliseconds`() {
        #expect(LogEntry.timestamp(timespec(tv_sec: 1_795_421_400, tv_nsec: 5_999_999)) == "2026-11-23T08:10:00.005Z")
        #expect(LogEntry.timestamp(timespec(tv_sec: 0, tv_nsec: 0)) == "1970-01-01T00:00:00.000Z")
    }

    @Test func `a stream is the journal's when device and inode are those announced`() throws {
        let file = try ScratchFile()
        var status = stat()
        #expect(fstat(file.descriptor, &status) == 0)
        #expect(LogDestination.isStream("\(status.st_dev):\(status.st_ino)", file.descriptor))
        #expect(!LogDestination.isStream("\(status.st_dev):\(status.st_ino + 1)", file.descriptor))
        #expect(!LogDestination.isStream("", file.descriptor))
        #expect(!LogDestination.isStream("\(status.st_dev):\(status.st_ino)", -1))
    }

    @Test func `standard error is the journal exactly when JOURNAL_STREAM names it`() async {
        // In a process of its own, as the variable belongs to the whole process.
        await #expect(processExitsWith: .success) {
            unsetenv("JOURNAL_STREAM")
            #expect(LogDestination.detect() == .descriptor(STDERR_FILENO))
            setenv("JOURNAL_STREAM", "1:1", 1)
            #expect(LogDestination.detect() == .descriptor(STDERR_FILENO))
            var status = stat()
            #expect(fstat(STDERR_FILENO, &status) == 0)
            setenv("JOURNAL_STREAM", "\(status.st_dev):\(status.st_ino)", 1)
            #expect(LogDestination.detect() == .journal)
        }
    }
}

/// The lines that a body's log calls wrote.
private func logged(
    level: Logger.Level = .trace, provider: Logger.MetadataProvider? = nil, _ body: (Logger) -> Void
) throws -> [String] {
    let file = try ScratchFile()
    body(makeLogger(file.descriptor, level: level, provider: provider))
    #expect(LogWriter.shared.flush(within: .seconds(30)))
    return try file.lines()
}

private func makeLogger(
    _ descriptor: Int32, level: Logger.Level = .trace, provider: Logger.MetadataProvider? = nil
) -> Logger {
    Logger(label: "test") { label in
        JournalLogHandler(
            label: label, identifier: "tocsind", fieldPrefix: "TOCSIN_", logLevel: level, metadataProvider: provider,
            destination: .descriptor(descriptor), writer: .shared)
    }
}

/// A file without a name, open for appending and reading.
private final class ScratchFile {
    let descriptor: Int32

    init() throws {
        let folder = try temporaryFolder()
        descriptor = open(folder + "/log", O_RDWR | O_CREAT | O_APPEND, 0o600)
        let code = errno
        unlink(folder + "/log")
        rmdir(folder)
        guard descriptor >= 0 else { throw TestError(call: "open", code: code) }
    }

    deinit { close(descriptor) }

    func lines() throws -> [String] {
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        let count = pread(descriptor, &buffer, buffer.count, 0)
        guard count >= 0 else { throw TestError(call: "pread", code: errno) }
        return String(decoding: buffer[..<count], as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
