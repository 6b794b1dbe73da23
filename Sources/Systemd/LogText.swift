/// How text from anywhere is shown in a log without being able to forge one.
///
/// What could end a line, move the cursor or hide is written as an escape: control and format characters (the latter
/// include the marks that reverse reading direction) and Unicode's own line and paragraph separators. All other
/// UTF-8 text, Chinese included, is kept as it is.
enum LogText {
    /// The message of a log line, escaped.
    static func message(_ text: String) -> String {
        text.unicodeScalars.allSatisfy(isPlain) ? text : escaped(text)
    }

    /// One `key=value` pair; either side is escaped and quoted where it would otherwise be ambiguous.
    static func pair(key: String, value: String) -> String {
        "\(word(key))=\(word(value))"
    }

    /// A message and its metadata, sorted by key, on one line.
    static func line(_ message: String, metadata: [(key: String, value: String)]) -> String {
        ([self.message(message)] + metadata.map(pair)).joined(separator: " ")
    }

    private static func word(_ text: String) -> String {
        let isBare = !text.isEmpty && text.unicodeScalars.allSatisfy { isPlain($0) && !isDelimiter($0) }
        return isBare ? text : "\"\(escaped(text, quote: true))\""
    }

    private static func escaped(_ text: String, quote: Bool = false) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\\": result += "\\\\"
            case "\"" where quote: result += "\\\""
            case _ where isPlain(scalar): result.unicodeScalars.append(scalar)
            default: result += "\\u{\(String(scalar.value, radix: 16))}"
            }
        }
        return result
    }

    /// Whether a scalar may stand in a log line as it is; the backslash may not, as it begins an escape.
    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return scalar.value >= 0x20 && scalar.value != 0x7F && scalar != "\\" }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: return false
        default: return true
        }
    }

    /// Whether a scalar would end or split an unquoted word.
    private static func isDelimiter(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "=" || scalar == "\"" || scalar.properties.isWhitespace
    }
}
