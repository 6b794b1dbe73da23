/// Escaping of text from anywhere, so that it cannot forge log lines.
///
/// Characters that could end a line, move the cursor or hide are escaped: control and format characters (the latter
/// include the marks that reverse reading direction) and Unicode's own line and paragraph separators. All other UTF-8
/// text, Chinese included, is kept unchanged.
enum LogText {
    /// Returns the message of a log line, escaped.
    static func message(_ text: String) -> String {
        text.unicodeScalars.allSatisfy(isPlain) ? text : escaped(text)
    }

    /// Returns a `key=value` pair. Either side is escaped, and quoted if it would otherwise be ambiguous.
    static func pair(key: String, value: String) -> String {
        "\(word(key))=\(word(value))"
    }

    /// Returns a message and its metadata, sorted by key, on one line.
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

    /// True if a scalar may be in a log line unchanged. The backslash may not, as it begins an escape.
    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return scalar.value >= 0x20 && scalar.value != 0x7F && scalar != "\\" }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: return false
        default: return true
        }
    }

    /// True if a scalar would end or split an unquoted word.
    private static func isDelimiter(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "=" || scalar == "\"" || scalar.properties.isWhitespace
    }
}
