import Dispatch
import Glibc

/// A key that a person pressed.
enum Key: Equatable, Sendable {
    case character(Character)
    case up
    case down
    case enter
    case backspace
    case escape

    /// Returns the keys for a terminal's bytes. Unknown sequences are left out.
    static func keys(in bytes: [UInt8]) -> [Key] {
        var keys: [Key] = []
        var rest = Array(String(decoding: bytes, as: UTF8.self))[...]
        while let character = rest.popFirst() {
            switch character {
            case "\r", "\n": keys.append(.enter)
            case "\u{7f}", "\u{08}": keys.append(.backspace)
            case "\u{1b}":
                guard rest.first == "[" || rest.first == "O" else {
                    keys.append(.escape)
                    continue
                }
                rest.removeFirst()
                while let next = rest.popFirst() {
                    guard next.isLetter || next == "~" else { continue }
                    if next == "A" { keys.append(.up) }
                    if next == "B" { keys.append(.down) }
                    break
                }
            default:
                if character.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) {
                    keys.append(.character(character))
                }
            }
        }
        return keys
    }
}

/// The terminal's keyboard, read key by key and without echo until it is restored.
///
/// `@unchecked Sendable`: nothing changes after `init`, and restoring twice sets the same mode twice.
final class Keyboard: @unchecked Sendable {
    private let before: termios
    private let source: any DispatchSourceRead

    /// Takes the keyboard over; nil if standard input is not a terminal.
    init?(_ press: @escaping @Sendable (Key) -> Void) {
        var mode = termios()
        guard isatty(STDIN_FILENO) == 1, tcgetattr(STDIN_FILENO, &mode) == 0 else { return nil }
        before = mode
        // Signals stay on, so that Ctrl-C ends the program as usual.
        mode.c_lflag &= ~tcflag_t(ICANON | ECHO)
        guard tcsetattr(STDIN_FILENO, TCSANOW, &mode) == 0 else { return nil }
        source = DispatchSource.makeReadSource(fileDescriptor: STDIN_FILENO, queue: .global())
        source.setEventHandler {
            var bytes = [UInt8](repeating: 0, count: 1024)
            let count = read(STDIN_FILENO, &bytes, bytes.count)
            guard count > 0 else { return }
            for key in Key.keys(in: Array(bytes[..<count])) { press(key) }
        }
        source.resume()
    }

    /// Restores the keyboard's former mode.
    func restore() {
        source.cancel()
        var mode = before
        tcsetattr(STDIN_FILENO, TCSANOW, &mode)
    }
}

/// The whole screen, taken over until it is given back.
enum Screen {
    /// The columns and rows; 80 by 24 if the terminal does not say.
    static var size: (width: Int, height: Int) {
        guard let size = Console.terminalSize(of: STDOUT_FILENO), size.rows > 0 else { return (80, 24) }
        return (size.columns, size.rows)
    }

    /// Switches to the alternate screen, so that the former content comes back at the end.
    static func begin() throws { try Console.text("\u{1b}[?1049h\u{1b}[?25l") }

    /// Gives the screen back. If it cannot be written to, it is gone, and there is nothing to give back.
    static func end() { _ = try? Console.text("\u{1b}[?25h\u{1b}[?1049l") }

    /// Draws lines from the top, in one write so that nothing flickers.
    static func draw(_ lines: [String]) throws {
        try Console.text("\u{1b}[H" + lines.map { $0 + "\u{1b}[K" }.joined(separator: "\r\n") + "\u{1b}[J")
    }
}
