internal import CSystemd
internal import Glibc
internal import Logging

/// One field of a journal entry (see systemd.journal-fields(7)).
struct JournalField: Equatable {
    /// The name, of upper-case ASCII letters, digits and underscores.
    let name: String

    /// The text. Line breaks are allowed, as the journal's native protocol carries lengths.
    let value: String

    /// The longest name that journald takes. It silently drops a field with a longer one.
    static let maximumNameLength = 64

    /// Returns a name that journald takes: letters in upper case, other characters except digits as `_`, no `_` or
    /// digit in front.
    ///
    /// journald refuses a leading underscore because it reserves such names for its own trusted fields.
    static func sanitisedName(_ name: String) -> String {
        let allowed = name.unicodeScalars.map { scalar -> Character in
            switch scalar {
            case "A"..."Z", "0"..."9": Character(scalar)
            case "a"..."z": Character(Unicode.Scalar(UInt8(scalar.value) - 0x20))
            default: "_"
            }
        }
        return String(allowed.drop { $0 == "_" || $0.isNumber }.prefix(maximumNameLength))
    }
}

extension LogEntry {
    /// The fields of the journal entry.
    ///
    /// `MESSAGE` is the text that a reader of `journalctl` sees, facts included. `EVENT` is the constant message alone,
    /// to search and count by. Every metadata key is a separate field under the prefix.
    func journalFields(label: String, identifier: String, prefix: String) -> [JournalField] {
        var fields = [
            JournalField(name: "MESSAGE", value: text),
            JournalField(name: "PRIORITY", value: String(event.level.journalPriority)),
            JournalField(name: "SYSLOG_IDENTIFIER", value: identifier),
            JournalField(name: "LOGGER", value: label),
            JournalField(name: "EVENT", value: event.message.description),
            JournalField(name: "CODE_FILE", value: event.file),
            JournalField(name: "CODE_LINE", value: String(event.line)),
            JournalField(name: "CODE_FUNC", value: event.function),
        ]
        fields += metadata.map { JournalField(name: JournalField.sanitisedName(prefix + $0.key), value: $0.value) }
        return fields
    }
}

extension JournalField {
    /// Sends one entry to the journal.
    ///
    /// - Throws: ``SystemdError``. Where no journald runs at all, libsystemd reports success and sends nothing.
    static func send(_ fields: [JournalField]) throws(SystemdError) {
        var bytes: [UInt8] = []
        var lengths: [Int] = []
        for field in fields {
            let start = bytes.count
            bytes += "\(field.name)=\(field.value)".utf8
            lengths.append(bytes.count - start)
        }
        // One buffer holds all fields end to end; the vector points into it.
        let result = bytes.withUnsafeMutableBytes { buffer in
            var offset = 0
            let vector = lengths.map { length in
                defer { offset += length }
                return iovec(iov_base: buffer.baseAddress?.advanced(by: offset), iov_len: length)
            }
            return sd_journal_sendv(vector, Int32(vector.count))
        }
        _ = try SystemdError.check(result, call: "sd_journal_sendv")
    }
}

extension Logger.Level {
    /// The syslog priority (see syslog(3)) that a level is stored under.
    fileprivate var journalPriority: Int32 {
        switch self {
        case .trace, .debug: LOG_DEBUG
        case .info: LOG_INFO
        case .notice: LOG_NOTICE
        case .warning: LOG_WARNING
        case .error: LOG_ERR
        case .critical: LOG_CRIT
        }
    }
}
