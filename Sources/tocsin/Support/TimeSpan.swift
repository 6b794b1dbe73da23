import ArgumentParser
import TocsinConfiguration

/// A duration on the command line: `500ms`, `10s`, `3m`, `2h` or `7d`.
struct TimeSpan: CustomStringConvertible, Sendable {
    let duration: Duration
    let description: String

    /// Reads an argument.
    ///
    /// - Throws: a `ValidationError` that says what is valid.
    init(argument: String) throws {
        guard let duration = Configuration.duration(argument), duration > .zero else {
            throw ValidationError("valid are whole numbers with ms, s, m, h or d, such as 500ms, 10s, 3m, 2h or 7d.")
        }
        self.duration = duration
        description = argument
    }

    private init(seconds: Int) {
        duration = .seconds(seconds)
        description = "\(seconds)s"
    }

    static func seconds(_ seconds: Int) -> TimeSpan { TimeSpan(seconds: seconds) }
}
