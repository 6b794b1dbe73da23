import ArgumentParser
import TocsinRouting

/// A duration on the command line: `500ms`, `10s`, `3m` or `2h`.
struct TimeSpan: ExpressibleByArgument, CustomStringConvertible, Sendable {
    let duration: Duration
    let description: String

    init?(argument: String) {
        guard let duration = ConfigurationFile.duration(argument), duration > .zero else { return nil }
        self.duration = duration
        description = argument
    }

    private init(seconds: Int) {
        duration = .seconds(seconds)
        description = "\(seconds)s"
    }

    static func seconds(_ seconds: Int) -> TimeSpan { TimeSpan(seconds: seconds) }

    var defaultValueDescription: String { description }
}
