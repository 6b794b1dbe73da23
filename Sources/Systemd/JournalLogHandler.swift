internal import Glibc
public import Logging

/// A log handler for services: structured entries to the journal, readable lines to standard error elsewhere.
///
/// When standard error is connected to the journal, an entry has these fields: `MESSAGE` (the message and its facts, as
/// on a plain line), `EVENT` (the message alone), `PRIORITY`, `SYSLOG_IDENTIFIER`, `LOGGER` (the label), the position
/// in the code, and one field for each metadata key. Otherwise one line is written per event:
///
///     2026-11-23T08:10:00.123Z warning report refused code=invalid detail="grid: 15 digits"
///
/// No text can break out of its line or its value: control characters are escaped, values with spaces are quoted.
///
/// The handler is safe to use from any thread. A log call never waits, as a separate thread writes (``LogWriter``).
/// While nobody reads the log, a thousand entries wait. Further entries are dropped, and their number is logged when
/// there is room again. Before it ends, a program calls ``flush(within:)``.
///
///     LoggingSystem.bootstrap { label in
///         JournalLogHandler(label: label, identifier: "tocsind", fieldPrefix: "TOCSIN_", logLevel: .info)
///     }
public struct JournalLogHandler: LogHandler {
    /// The lowest level that is logged. The logger itself checks it.
    public var logLevel: Logger.Level

    /// The metadata of every event of this logger.
    public var metadata: Logger.Metadata = [:]

    /// A provider of metadata from the point of logging, such as task-local values.
    public var metadataProvider: Logger.MetadataProvider?

    private let label: String
    private let identifier: String
    private let fieldPrefix: String
    private let destination: LogDestination
    private let writer: LogWriter

    /// Creates a handler that writes to the journal if standard error is connected to it, else to standard error.
    ///
    /// - Parameters:
    ///   - label: The logger's label, stored as `LOGGER`.
    ///   - identifier: The program's name, stored as `SYSLOG_IDENTIFIER`.
    ///   - fieldPrefix: The prefix of metadata keys in the names of journal fields, such as `TOCSIN_`.
    ///   - logLevel: The lowest level to log.
    ///   - metadataProvider: A provider of metadata from the point of logging, if given.
    public init(
        label: String, identifier: String, fieldPrefix: String, logLevel: Logger.Level,
        metadataProvider: Logger.MetadataProvider? = nil
    ) {
        self.init(
            label: label, identifier: identifier, fieldPrefix: fieldPrefix, logLevel: logLevel,
            metadataProvider: metadataProvider, destination: .detect(), writer: .shared)
    }

    init(
        label: String, identifier: String, fieldPrefix: String, logLevel: Logger.Level,
        metadataProvider: Logger.MetadataProvider? = nil, destination: LogDestination, writer: LogWriter
    ) {
        self.label = label
        self.identifier = identifier
        self.fieldPrefix = fieldPrefix
        self.logLevel = logLevel
        self.metadataProvider = metadataProvider
        self.destination = destination
        self.writer = writer
    }

    /// A value of the metadata of every event of this logger.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Queues an event to be written.
    public func log(event: LogEvent) {
        let outcome = add(LogEntry(event: event, logger: metadata, provided: metadataProvider?.get() ?? [:]))
        guard case .taken(let dropped) = outcome, dropped > 0 else { return }
        let notice = LogEvent(
            level: .warning, message: "log entries dropped", metadata: ["count": "\(dropped)"], source: event.source,
            file: event.file, function: event.function, line: event.line)
        _ = add(LogEntry(event: notice, logger: metadata, provided: [:]))
    }

    /// Writes a line to standard error as it is, after the entries before it. A program's last words go here.
    public static func say(_ line: String) {
        _ = LogWriter.shared.add { LogDestination.write(line + "\n", to: STDERR_FILENO) }
    }

    /// Waits until all entries are written, at most for `limit`. A program calls it before it ends.
    public static func flush(within limit: Duration) {
        LogWriter.shared.flush(within: limit)
    }

    /// Makes the text of an entry now, when its time is right, and queues it.
    private func add(_ entry: LogEntry) -> LogWriter.Outcome {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let line = entry.line(at: now)
        switch destination {
        case .descriptor(let descriptor):
            return writer.add { LogDestination.write(line, to: descriptor) }
        case .journal:
            let fields = entry.journalFields(label: label, identifier: identifier, prefix: fieldPrefix)
            return writer.add {
                do {
                    try JournalField.send(fields)
                } catch {
                    // Standard error is a stream of the same journal. The entry arrives there without its structure.
                    LogDestination.write(line, to: STDERR_FILENO)
                }
            }
        }
    }
}
