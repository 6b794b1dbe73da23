import Glibc
import TocsinModel

/// Colours, if the output is a screen that has them.
struct Style: Sendable {
    /// True if text is coloured.
    let isColoured: Bool

    /// The style of standard output: coloured on a terminal, unless NO_COLOR is set (https://no-color.org).
    static let output = Style(
        isColoured: isatty(STDOUT_FILENO) == 1 && (Environment["NO_COLOR"] ?? "").isEmpty
            && Environment["TERM"] != "dumb")

    /// No colours at all.
    static let plain = Style(isColoured: false)

    func bold(_ text: String) -> String { paint(text, "1") }

    func dim(_ text: String) -> String { paint(text, "2") }

    func inverse(_ text: String) -> String { paint(text, "7") }

    func good(_ text: String) -> String { paint(text, "32") }

    func bad(_ text: String) -> String { paint(text, "1;31") }

    func warning(_ text: String) -> String { paint(text, "33") }

    func accent(_ text: String) -> String { paint(text, "36") }

    /// Returns `II Severe` in the colour of the Chinese warning scale, padded to the same width for each severity.
    func severity(_ severity: Severity) -> String { self.severity(severity, as: severity.label) }

    /// Returns a text in the colour of a severity.
    func severity(_ severity: Severity, as text: String) -> String {
        // 256-colour orange, as the sixteen colours have none.
        switch severity {
        case .extreme: return paint(text, "1;97;41")
        case .severe: return paint(text, "1;38;5;16;48;5;208")
        case .moderate: return paint(text, "1;30;43")
        case .minor: return paint(text, "1;97;44")
        case .unknown: return paint(text, "7")
        }
    }

    private func paint(_ text: String, _ codes: String) -> String {
        isColoured ? "\u{1b}[\(codes)m\(text)\u{1b}[0m" : text
    }
}

extension Severity {
    /// The numeral and the word, 12 columns wide for each severity.
    var label: String { "\(numeral.padded(to: 3, alignment: .right)) \(rawValue.padded(to: 8))" }

    /// The numeral of the Chinese warning scale, of which I is the worst; `–` for unknown.
    var numeral: String {
        switch self {
        case .extreme: "I"
        case .severe: "II"
        case .moderate: "III"
        case .minor: "IV"
        case .unknown: "–"
        }
    }
}
