/// Comma-separated values, as RFC 4180 has them.
enum CSV {
    /// Returns a record, its line end included.
    static func record(_ fields: [String]) -> String { fields.map(field).joined(separator: ",") + "\r\n" }

    /// Returns a field as RFC 4180 has it. What a spreadsheet would take for a formula is a text for it, by the sign that
    /// OWASP recommends (https://owasp.org/www-community/attacks/CSV_Injection): whoever reports must not have somebody
    /// else's spreadsheet calculate.
    private static func field(_ text: String) -> String {
        let text = text.first.map("=+-@\t\r".contains) ?? false ? "'" + text : text
        guard text.unicodeScalars.contains(where: { ",\"\r\n".unicodeScalars.contains($0) }) else { return text }
        return "\"\(text.replacing("\"", with: "\"\""))\""
    }
}
