import Glibc
public import Threads
public import TocsinJournal

/// The reason why the service cannot start or go on, in a sentence for the operator.
public enum ServiceError: Error, CustomStringConvertible {
    /// The command line is wrong.
    case usage(String)
    /// The configuration or a file it names is wrong.
    case configuration(String)
    /// An endpoint cannot be bound.
    case endpoint(String)
    /// The journal cannot be opened.
    case journal(JournalError)
    /// The system has no thread for the service.
    case thread(OwnThread.Failure)
    /// Nobody can be let in any more.
    case gatekeeper(String)
    /// The feed cannot be served any more.
    case feed(String)
    /// A system call failed.
    case system(call: String, code: CInt)

    /// The problems, one a line.
    var lines: [String] { description.split(separator: "\n").map(String.init) }

    public var description: String {
        switch self {
        case .usage(let text), .configuration(let text), .endpoint(let text): text
        case .gatekeeper(let text): "Nobody can be let in any more: \(text)"
        case .feed(let text): "The feed cannot be served any more: \(text)"
        case .journal(let error): error.description
        case .thread(let error): error.description
        case .system(let call, let code): "\(call): \(String(cString: strerror(code)))"
        }
    }
}
