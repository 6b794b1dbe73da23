extension DutyTable {
    /// Joins a duty file and its calendars to one text, which the journal keeps.
    ///
    /// The file comes first, and before each calendar a form feed and a line with its name. Neither YAML nor a calendar can
    /// have a form feed.
    public static func text(_ yaml: String, _ calendars: [(name: String, text: String)]) -> String {
        calendars.reduce(into: yaml) { $0 += "\u{c}\($1.name)\n\($1.text)" }
    }

    /// Returns the parts of what ``text(_:_:)`` has joined.
    public static func parts(of text: String) -> (yaml: String, calendars: [String: [UInt8]]) {
        let parts = text.utf8.split(separator: 0x0C, omittingEmptySubsequences: false)
        var calendars: [String: [UInt8]] = [:]
        for part in parts.dropFirst() {
            guard let end = part.firstIndex(of: UInt8(ascii: "\n")) else { continue }
            calendars[String(decoding: part[..<end], as: UTF8.self)] = Array(part[part.index(after: end)...])
        }
        return (String(decoding: parts.first ?? Substring("").utf8, as: UTF8.self), calendars)
    }
}
