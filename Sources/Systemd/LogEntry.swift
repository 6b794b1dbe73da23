internal import Glibc
internal import Logging

/// One log event with all its metadata merged. The journal's entry and a plain line are made from it.
struct LogEntry {
    /// The event as the logger handed it over.
    let event: LogEvent

    /// Metadata as text, sorted by key, so that the same event always reads the same.
    let metadata: [(key: String, value: String)]

    /// Creates an entry with merged metadata. For the same key the event's value wins over the provider's, and the
    /// provider's over the logger's.
    ///
    /// An error in the event becomes `error.message` and `error.type`, swift-log's names.
    init(event: LogEvent, logger: Logger.Metadata, provided: Logger.Metadata) {
        var merged = logger
        merged.merge(provided) { _, new in new }
        merged.merge(event.metadata ?? [:]) { _, new in new }
        if let error = event.error {
            merged["error.message"] = "\(error)"
            merged["error.type"] = "\(String(reflecting: type(of: error)))"
        }
        self.event = event
        self.metadata = merged.sorted { $0.key < $1.key }.map { (key: $0.key, value: $0.value.description) }
    }

    /// The message and its facts, escaped so that they stay on one line.
    var text: String {
        LogText.line(event.message.description, metadata: metadata)
    }

    /// Returns a line for a terminal or a file: UTC time (RFC 3339, milliseconds), level, message, then key=value
    /// pairs.
    func line(at time: timespec) -> String {
        "\(Self.timestamp(time)) \(event.level.rawValue) \(text)\n"
    }

    /// Returns a time as RFC 3339 in UTC with milliseconds, such as `2026-11-23T08:10:00.123Z`.
    static func timestamp(_ time: timespec) -> String {
        var seconds = time.tv_sec
        var parts = tm()
        gmtime_r(&seconds, &parts)
        let date = [parts.tm_mon + 1, parts.tm_mday].map { "-" + padded($0, to: 2) }.joined()
        let clock = [parts.tm_hour, parts.tm_min, parts.tm_sec].map { padded($0, to: 2) }.joined(separator: ":")
        let milliseconds = padded(Int32(time.tv_nsec / 1_000_000), to: 3)
        return "\(padded(parts.tm_year + 1900, to: 4))\(date)T\(clock).\(milliseconds)Z"
    }

    private static func padded(_ number: Int32, to width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
