import ArgumentParser
import Glibc
import TocsinClient
import TocsinConfiguration
import TocsinModel

/// Asks the broker the same again and again, also after it was away.
struct Repetition: Sendable {
    let interval: Duration
    let request: ControlRequest

    /// Calls `look` until it fails for another reason than that the broker cannot answer just now.
    func run(_ look: (Operator) async throws -> Void) async throws {
        try await request.session { client in
            var isAway = false
            while true {
                do {
                    try await look(client)
                    if isAway { Console.note("tocsin: The broker is back.") }
                    isAway = false
                } catch let error as ClientError where error.isPassing {
                    if !isAway { Console.note("tocsin: The broker does not answer just now; trying on.") }
                    isAway = true
                }
                try await Task.sleep(for: interval)
            }
        }
    }

    /// Shows a page in the place of the last one, or below it where standard output is no screen.
    static func show(_ lines: [String]) throws {
        let text = lines.joined(separator: "\n") + "\n"
        try Console.text(isatty(STDOUT_FILENO) == 1 ? "\u{1b}[H\u{1b}[J\(text)" : "\(text)\n")
    }
}

/// The option by which a command looks again and again.
struct WatchOption: ParsableArguments {
    @Option(
        defaultAsFlag: WatchInterval.usual, parsing: .next,
        help: ArgumentHelp("Look again and again, so often.", valueName: "time"))
    var watch: WatchInterval?
}

/// The time between two looks.
struct WatchInterval: ExpressibleByArgument, CustomStringConvertible, Hashable, Sendable {
    let duration: Duration

    static let usual = WatchInterval(duration: .seconds(2))

    private init(duration: Duration) {
        self.duration = duration
    }

    init?(argument: String) {
        guard let duration = Configuration.duration(argument), duration > .zero else { return nil }
        self.duration = duration
    }

    var description: String { "every \(duration.wholeMilliseconds / 1000) s" }
}

extension ClientError {
    /// True if the same question may well be answered later.
    fileprivate var isPassing: Bool {
        switch self {
        case .timedOut, .connection: true
        case .refused(let refusal): refusal.code == .unavailable || refusal.code == .busy
        case .unreachable, .closed, .malformedAnswer: false
        }
    }
}
