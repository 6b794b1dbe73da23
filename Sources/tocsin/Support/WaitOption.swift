import ArgumentParser
import TocsinClient
import TocsinConfiguration

/// Whether a command waits for a broker that is not there.
struct WaitOption: ParsableArguments {
    /// How long a broker may be absent for whoever does not wait: long enough to find out, short enough not to annoy.
    static let usual = Duration.milliseconds(500)

    @Option(
        defaultAsFlag: Wait.forEver, parsing: .next,
        help: ArgumentHelp("Wait until the broker is there: at most so long, or for ever.", valueName: "time"))
    var wait: Wait?

    /// How the command's client takes an absent broker.
    var clientOptions: ClientOptions {
        var options = ClientOptions()
        switch wait {
        case nil: options.absenceTimeout = Self.usual
        case .time(let time)?: options.absenceTimeout = time
        case .forEver?: break
        }
        return options
    }
}

extension WaitOption {
    /// How the command's client takes an absent broker, and the keys that it comes with.
    ///
    /// - Throws: a ``Failure`` `invalid` for keys that cannot be used.
    func clientOptions(for endpoints: EndpointOptions) throws -> ClientOptions {
        var options = clientOptions
        options.keys = try endpoints.keys()
        return options
    }
}

/// How long somebody waits.
enum Wait: ExpressibleByArgument, CustomStringConvertible, Hashable, Sendable {
    case forEver
    case time(Duration)

    init?(argument: String) {
        guard let time = Configuration.duration(argument) else { return nil }
        self = .time(time)
    }

    var description: String {
        switch self {
        case .forEver: "for ever"
        case .time(let time): Clock.duration(time)
        }
    }
}
