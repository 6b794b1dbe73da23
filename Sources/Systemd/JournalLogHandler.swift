internal import Glibc
public import Logging

/// A log handler for services: structured entries to the journal, readable lines to standard error elsewhere.
///
/// When standard error is connected to the journal, an entry has the fields `MESSAGE` (the message and its facts, as
/// on a plain line), `EVENT` (the message alone), `PRIORITY`, `SYSLOG_IDENTIFIER`, `LOGGER` (the label), the code's
/// place, and one field for each metadata key. Otherwise one line is written per event:
///
///     2026-11-23T08:10:00.123Z warning report refused code=invalid detail="grid: 15 digits"
///
/// No text can break out of its line or its value: control characters are escaped, values with spaces are quoted.
/// Safe to use from any thread; a log call returns when the kernel has the entry, and losing one is not an error.
///
///     LoggingSystem.bootstrap { label in
///         JournalLogHandler(label: label, identifier: "tocsind", fieldPrefix: "TOCSIN_", logLevel: .info)
///     }
public struct JournalLogHandler: LogHandler {
    /// Events below this level are not logged; the logger itself checks it.
    public var logLevel: Logger.Level

    /// Facts that go with every event of this logger.
    public var metadata: Logger.Metadata = [:]

    /// Adds facts from the place where an event is logged, such as task-local values.
    public var metadataProvider: Logger.MetadataProvider?

    private let label: String
    private let identifier: String
    private let fieldPrefix: String
    private let destination: LogDestination

    /// Creates a handler that writes to the journal if standard error is connected to it, else to standard error.
    ///
    /// - Parameters:
    ///   - label: The logger's label, stored as `LOGGER`.
    ///   - identifier: The program's name, stored as `SYSLOG_IDENTIFIER`.
    ///   - fieldPrefix: What the journal field of a metadata key begins with, such as `TOCSIN_`.
    ///   - logLevel: The lowest level to log.
    ///   - metadataProvider: Adds facts from where an event is logged, if given.
    public init(
        label: String, identifier: String, fieldPrefix: String, logLevel: Logger.Level,
        metadataProvider: Logger.MetadataProvider? = nil
    ) {
        self.init(
            label: label, identifier: identifier, fieldPrefix: fieldPrefix, logLevel: logLevel,
            metadataProvider: metadataProvider, destination: .detect())
    }

    init(
        label: String, identifier: String, fieldPrefix: String, logLevel: Logger.Level,
        metadataProvider: Logger.MetadataProvider? = nil, destination: LogDestination
    ) {
        self.label = label
        self.identifier = identifier
        self.fieldPrefix = fieldPrefix
        self.logLevel = logLevel
        self.metadataProvider = metadataProvider
        self.destination = destination
    }

    /// One fact that goes with every event of this logger.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Writes one event.
    public func log(event: LogEvent) {
        let entry = LogEntry(event: event, logger: metadata, provided: metadataProvider?.get() ?? [:])
        switch destination {
        case .journal: journal(entry)
        case .descriptor(let descriptor): write(entry, to: descriptor)
        }
    }

    private func journal(_ entry: LogEntry) {
        do {
            try JournalField.send(entry.journalFields(label: label, identifier: identifier, prefix: fieldPrefix))
        } catch {
            // Standard error is a stream of the same journal: the entry arrives there without its structure.
            write(entry, to: STDERR_FILENO)
        }
    }

    private func write(_ entry: LogEntry, to descriptor: Int32) {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        LogDestination.write(entry.line(at: now), to: descriptor)
    }
}
