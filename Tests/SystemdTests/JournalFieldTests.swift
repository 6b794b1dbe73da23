import Glibc
import Logging
import Testing

@testable import Systemd

struct JournalFieldTests {
    @Test(arguments: [
        ("TOCSIN_incident", "TOCSIN_INCIDENT"),
        ("TOCSIN_retryAfterMs", "TOCSIN_RETRYAFTERMS"),
        ("TOCSIN_error.message", "TOCSIN_ERROR_MESSAGE"),
        ("TOCSIN_a b=c\nd", "TOCSIN_A_B_C_D"),
        ("TOCSIN_街道", "TOCSIN___"),
        ("__PID", "PID"),
        ("9_lives", "LIVES"),
    ])
    func `a field name follows the journal's rules`(name: String, expected: String) {
        #expect(JournalField.sanitisedName(name) == expected)
    }

    @Test func `a field name is no longer than journald takes`() {
        let name = JournalField.sanitisedName("TOCSIN_" + String(repeating: "x", count: 100))
        #expect(name == "TOCSIN_" + String(repeating: "X", count: 57))
    }

    @Test func `an entry has the message with its facts, the event alone, and each fact as a field`() {
        let entry = makeEntry(.warning, "report refused", ["code": "invalid", "detail": "grid:\n15 digits"])
        let fields = entry.journalFields(label: "tocsin.front", identifier: "tocsind", prefix: "TOCSIN_")
        #expect(
            fields == [
                JournalField(name: "MESSAGE", value: "report refused code=invalid detail=\"grid:\\n15 digits\""),
                JournalField(name: "PRIORITY", value: "4"),
                JournalField(name: "SYSLOG_IDENTIFIER", value: "tocsind"),
                JournalField(name: "LOGGER", value: "tocsin.front"),
                JournalField(name: "EVENT", value: "report refused"),
                JournalField(name: "CODE_FILE", value: "Front/Door.swift"),
                JournalField(name: "CODE_LINE", value: "17"),
                JournalField(name: "CODE_FUNC", value: "refuse()"),
                JournalField(name: "TOCSIN_CODE", value: "invalid"),
                JournalField(name: "TOCSIN_DETAIL", value: "grid:\n15 digits"),
            ])
    }

    @Test(arguments: zip(Logger.Level.allCases, ["7", "7", "6", "5", "4", "3", "2"]))
    func `a level becomes its syslog priority`(level: Logger.Level, priority: String) {
        let fields = makeEntry(level, "a", [:]).journalFields(label: "l", identifier: "i", prefix: "P_")
        #expect(fields.first { $0.name == "PRIORITY" }?.value == priority)
    }

    @Test func `an error that travels with an event is shown with its type`() {
        var event = makeEvent(.error, "journal write failed", [:])
        event.error = SystemdError(call: "sd_notify", code: ENOENT)
        let entry = LogEntry(event: event, logger: [:], provided: [:])
        #expect(
            entry.text == "journal write failed "
                + "error.message=\"sd_notify: No such file or directory (errno 2)\" error.type=Systemd.SystemdError")
    }

    @Test func `an entry is handed to libsystemd without an error, journald or not`() throws {
        try JournalField.send([
            JournalField(name: "MESSAGE", value: "systemd tests"), JournalField(name: "A", value: ""),
        ])
    }
}

private func makeEvent(_ level: Logger.Level, _ message: Logger.Message, _ metadata: Logger.Metadata) -> LogEvent {
    LogEvent(
        level: level, message: message, metadata: metadata, source: nil, file: "Front/Door.swift", function: "refuse()",
        line: 17)
}

private func makeEntry(_ level: Logger.Level, _ message: Logger.Message, _ metadata: Logger.Metadata) -> LogEntry {
    LogEntry(event: makeEvent(level, message, metadata), logger: [:], provided: [:])
}
