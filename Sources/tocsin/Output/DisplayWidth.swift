import Glibc

extension String {
    /// How many columns of a screen the text takes: 2 for a Chinese character, 0 for a colour sequence.
    var displayWidth: Int {
        var width = 0
        var rest = unicodeScalars[...]
        while let scalar = rest.popFirst() {
            if scalar == "\u{1b}", rest.first == "[" {
                // A sequence ends with its first letter (ECMA-48, 5.4).
                while let next = rest.popFirst(), !("@"..."~").contains(next) || next == "[" {}
            } else {
                width += scalar.columns
            }
        }
        return width
    }

    /// The text with spaces up to a width; longer text stays as it is.
    func padded(to width: Int, alignment: Alignment = .left) -> String {
        let missing = String(repeating: " ", count: max(0, width - displayWidth))
        return alignment == .left ? self + missing : missing + self
    }

    /// The text cut to a width, with `…` where something is missing. For text without colour sequences.
    func cut(to width: Int) -> String {
        guard displayWidth > width else { return self }
        var kept = ""
        var used = 0
        for character in self {
            let columns = String(character).displayWidth
            guard used + columns <= width - 1 else { break }
            kept.append(character)
            used += columns
        }
        return width > 0 ? kept + "…" : ""
    }

    /// The text on one line and without control characters: what a stranger wrote must not steer the screen.
    var printable: String {
        guard unicodeScalars.contains(where: { $0.isControl }) else { return self }
        var text = String.UnicodeScalarView()
        for scalar in unicodeScalars {
            let isSpace = scalar == "\n" || scalar == "\r" || scalar == "\t"
            text.append(isSpace ? " " : scalar.isControl ? "\u{fffd}" : scalar)
        }
        return String(text)
    }
}

/// On which side of its column a text stands.
enum Alignment {
    case left
    case right
}

extension Unicode.Scalar {
    /// The columns that the C library gives the character in UTF-8.
    fileprivate var columns: Int {
        if isASCII { return properties.generalCategory == .control ? 0 : 1 }
        return Int(max(0, Self.columnsOfWide(wchar_t(bitPattern: value))))
    }

    /// wcwidth(3), looked up by name: the Glibc module leaves its header out.
    private static let columnsOfWide: @convention(c) (wchar_t) -> Int32 = {
        // It knows no Chinese in the "C" locale that a program starts with. Only the kinds of characters are set:
        // numbers keep their decimal point.
        setlocale(LC_CTYPE, "C.UTF-8")
        guard let address = dlsym(nil, "wcwidth") else { return { _ in 1 } }
        return unsafeBitCast(address, to: (@convention(c) (wchar_t) -> Int32).self)
    }()

    fileprivate var isControl: Bool {
        switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .surrogate: true
        // Marks that turn the direction of writing can make a text look like another.
        case .format: (0x202a...0x202e).contains(value) || (0x2066...0x2069).contains(value)
        default: false
        }
    }
}
