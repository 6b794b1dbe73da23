import ArgumentParser
import Glibc
import TocsinClient
import TocsinModel
import TocsinRouting

/// How the program ends; documented in `tocsin --help`.
enum ExitStatus: Int32 {
    /// The broker refused, or what was asked for did not happen.
    case refused = 1
    /// No broker answered in time.
    case unreachable = 2
    /// The input or the configuration is wrong.
    case invalid = 3
}

/// Why a command could not do what it was asked, in words for people.
struct Failure: Error, CustomStringConvertible {
    let status: ExitStatus
    let description: String

    init(_ status: ExitStatus, _ description: String) {
        self.status = status
        self.description = description
    }

    /// A report that is not what the broker takes, found before it was sent.
    init(invalid refusal: Refusal, in source: String) {
        self.init(.invalid, "\(source): \(refusal.message)" + (refusal.field.map { " (field \($0))" } ?? ""))
    }
}

/// A command of `tocsin`: what it throws becomes a line on standard error and the documented exit status.
protocol TocsinCommand: AsyncParsableCommand {
    func perform() async throws
}

extension TocsinCommand {
    func run() async throws {
        // A reader that goes away ends the output, not the program: it may have to clean up.
        signal(SIGPIPE, SIG_IGN)
        do {
            try await perform()
        } catch let failure as Failure {
            try Self.end(failure)
        } catch let problems as FileProblems {
            try Self.end(Failure(.invalid, problems.description))
        } catch let refusal as Refusal {
            try Self.end(Failure(.refused, refusal.sentence))
        } catch let error as ClientError {
            try Self.end(Failure(error))
        }
    }

    private static func end(_ failure: Failure) throws -> Never {
        Console.note(failure.status == .invalid ? failure.description : "tocsin: \(failure.description)")
        throw ExitCode(failure.status.rawValue)
    }
}

extension Failure {
    /// What a client's error means for somebody at a command line.
    init(_ error: ClientError) {
        switch error {
        case .refused(let refusal): self.init(.refused, refusal.sentence)
        case .timedOut:
            self.init(.unreachable, "No broker answered in time. Is tocsind running, and is the endpoint right?")
        default: self.init(.unreachable, "\(error)")
        }
    }
}

extension Refusal {
    /// The code for programs and the message for people.
    var sentence: String {
        // A refused rule file has one problem a line.
        let lines = message.split(separator: "\n").map { String($0).printable }
        return "refused (\(code.rawValue)): \(lines.joined(separator: "\n"))"
    }
}
