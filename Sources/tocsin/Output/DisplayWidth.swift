import Glibc

extension String {
    /// The number of screen columns that the text takes: 2 for a Chinese character, 0 for a colour sequence.
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

    /// Returns the text padded with spaces to a width. Longer text is unchanged.
    func padded(to width: Int, alignment: Alignment = .left) -> String {
        let missing = String(repeating: " ", count: max(0, width - displayWidth))
        return alignment == .left ? self + missing : missing + self
    }

    /// Returns the text cut to a width, with `…` in place of the rest. For text without colour sequences.
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

    /// Returns the end of the text that fits a width, with `…` in place of the rest, so that the text being typed stays
    /// visible.
    func tail(to width: Int) -> String {
        guard displayWidth > width else { return self }
        var kept = self[...]
        while !kept.isEmpty, String(kept).displayWidth > width - 1 { kept.removeFirst() }
        return width > 0 ? "…" + kept : ""
    }

    /// Returns the text as lines of at most a width. It is broken at spaces, or between characters if a word alone is
    /// wider or is Chinese. Colour sequences take no room and stay whole.
    func wrapped(to width: Int) -> [String] {
        let width = max(2, width)
        var lines: [String] = []
        var line = ""
        var used = 0
        for word in pieces {
            let columns = word.displayWidth
            if used + word.trimmedEnd.displayWidth > width, used > 0 {
                lines.append(line.trimmedEnd)
                (line, used) = ("", 0)
            }
            guard columns > width else {
                line += word
                used += columns
                continue
            }
            for character in word {
                let columns = String(character).displayWidth
                if used + columns > width {
                    lines.append(line.trimmedEnd)
                    (line, used) = ("", 0)
                }
                line.append(character)
                used += columns
            }
        }
        return line.isEmpty && !lines.isEmpty ? lines : lines + [line.trimmedEnd]
    }

    /// The pieces between which a line may be broken: words with the spaces after them, and wide characters one by one,
    /// with the punctuation that must not begin a line.
    private var pieces: [String] {
        var pieces: [String] = []
        var isInSequence = false
        for character in self {
            let isSequence = isInSequence || character == "\u{1b}"
            isInSequence = isSequence && !(character.isASCII && character.isLetter)
            guard let last = pieces.last?.last else {
                pieces.append(String(character))
                continue
            }
            guard !isSequence else {
                // A sequence after a space belongs to the following word.
                if character == "\u{1b}", last == " " { pieces.append("") }
                pieces[pieces.count - 1].append(character)
                continue
            }
            let staysWithLast = character == " " || "，。；：、？！）》」』”’…,;.:!?)".contains(character)
            let isInWord = last != " " && String(last).displayWidth < 2 && String(character).displayWidth < 2
            if staysWithLast || isInWord {
                pieces[pieces.count - 1].append(character)
            } else {
                pieces.append(String(character))
            }
        }
        return pieces
    }

    private var trimmedEnd: String {
        var text = self[...]
        while text.last == " " { text.removeLast() }
        return String(text)
    }

    /// The text on one line and without control characters, so that a stranger's text cannot steer the screen.
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

/// The side of its column on which a text is placed.
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

    /// wcwidth(3), looked up by name because the Glibc module leaves its header out.
    private static let columnsOfWide: @convention(c) (wchar_t) -> Int32 = {
        // wcwidth knows no Chinese in the "C" locale that a program starts with. Only the character types are set:
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
