import ArgumentParser
import Glibc
import TocsinClient
import TocsinModel
import TocsinRouting

/// The exit status of the program, documented in `tocsin --help`.
enum ExitStatus: Int32 {
    /// The broker refused, or the requested action did not happen.
    case refused = 1
    /// No broker answered in time.
    case unreachable = 2
    /// The input or the configuration is wrong.
    case invalid = 3
    /// The command line is wrong.
    case usage = 64
}

/// The reason why a command failed, in words for people.
struct Failure: Error, CustomStringConvertible {
    let status: ExitStatus
    /// A stable word for programs: a refusal's code, `unreachable`, `invalid`, `refused` or `usage`. `differs` means
    /// that another report has the name, `output` that standard output cannot be written, and `readerGone` that nobody reads
    /// it any more. `keysDemanded`, `keyRefused`: the broker lets nobody in without a key, or not with this one; `shutOut`:
    /// not any more.
    let code: String
    let description: String
    /// The member of the report that is at fault, if there is one.
    let field: String?
    /// The command that shows what would be right, as a sentence, where the broker speaks of its own.
    private(set) var hint: String?

    init(_ status: ExitStatus, _ description: String, code: String? = nil, field: String? = nil) {
        self.status = status
        self.code = code ?? "\(status)"
        self.description = description
        self.field = field
    }

    /// Whoever read standard output has gone, as `head` has when it has its lines. Nobody is told: the status alone says it,
    /// which is a shell's for a program that SIGPIPE has ended.
    static let readerGone = Failure(.refused, "standard output: its reader has gone", code: "readerGone")

    /// Creates the failure of a report that the broker would not take, found before it was sent.
    init(invalid refusal: Refusal, in source: String) {
        self.init(
            .invalid, "\(source): \(refusal.message)" + (refusal.field.map { " (field \($0))" } ?? ""),
            code: refusal.code.rawValue, field: refusal.field)
    }

    /// Creates the failure of a refusal, in the broker's words.
    init(_ refusal: Refusal) {
        self.init(.refused, refusal.sentence, code: refusal.code.rawValue, field: refusal.field)
    }

    /// Returns the same failure with a hint, if it is a refusal for this field.
    func hinting(_ hint: String, at field: String) -> Failure {
        guard status == .refused, self.field == field else { return self }
        var failure = self
        failure.hint = hint
        return failure
    }

    /// The description's lines. One that begins with the name of what is wrong and a colon, as compilers write it, stays as
    /// it is: `rules.yaml:3:5: …`. Every other begins with the program's name.
    fileprivate var located: String {
        description.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.prefix { $0 != " " }.hasSuffix(":") || line.hasPrefix("standard input:")
                ? String(line) : "tocsin: \(line)"
        }.joined(separator: "\n")
    }

    /// `{"code":"invalid","message":"…","field":"area.grid"}`, with `hint` where there is one.
    var json: [UInt8] {
        makeJSON { json in
            json.member("code", code)
            json.member("message", description)
            json.member("field", ifPresent: field)
            json.member("hint", ifPresent: hint)
        }
    }
}

/// A command of `tocsin`. Its errors become a line on standard error and the documented exit status.
protocol TocsinCommand: AsyncParsableCommand {
    /// True if programs read the command's output. They then read its errors too.
    var json: Bool { get }

    func perform() async throws
}

extension TocsinCommand {
    func run() async throws {
        // A reader that goes away is an error of the write, not a signal, as the program may have to clean up.
        signal(SIGPIPE, SIG_IGN)
        do {
            try await perform()
        } catch let failure as Failure {
            try end(failure)
        } catch let problems as FileProblems {
            try end(Failure(.invalid, problems.description))
        } catch let refusal as Refusal {
            try end(Failure(refusal))
        } catch let error as ClientError {
            try end(Failure(error))
        }
    }

    private func end(_ failure: Failure) throws -> Never {
        guard failure.code != Failure.readerGone.code else { throw ExitCode(128 + SIGPIPE) }
        if json {
            Console.note(String(decoding: failure.json, as: UTF8.self))
        } else {
            Console.note(failure.status == .invalid ? failure.located : "tocsin: \(failure.description)")
            if let hint = failure.hint { Console.note("tocsin: \(hint)") }
        }
        throw ExitCode(failure.status.rawValue)
    }
}

extension Failure {
    /// Creates the failure of a client's error, in words for somebody at a command line.
    init(_ error: ClientError) {
        switch error {
        case .refused(let refusal): self.init(refusal)
        case .timedOut:
            self.init(.unreachable, "No broker answered in time. Is tocsind running, and is the endpoint right?")
        case .unreachable(let absence): self.init(absence.status, absence.description)
        case .malformedAnswer: self.init(.refused, "\(error)")
        case .closed, .connection: self.init(.unreachable, "\(error)")
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
