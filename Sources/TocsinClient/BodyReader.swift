import TocsinModel
import TocsinWire
import ZeroMQ

/// Reads the JSON frames of a broker's messages. It keeps its buffers, and belongs to one thread.
struct BodyReader {
    private let parser = JSONParser(maximumBytes: Int(Limits.frameBytes))

    /// Reads one body.
    ///
    /// - Throws: `.malformedAnswer`.
    func read<Body>(
        _ message: borrowing Message, as make: (JSONNode) throws -> Body
    ) throws(ClientError) -> Body {
        do {
            return try message.withUnsafeBytes { try parser.parse($0, make) }
        } catch let refusal as Refusal {
            throw .malformedAnswer(refusal.message)
        } catch {
            throw .malformedAnswer("\(error)")
        }
    }

    /// Reads the detail of a REFUSED. Without a readable detail, the code alone makes the refusal.
    func refusal(_ code: RefusalCode, _ message: borrowing Incoming) -> RefusedCommand {
        let detail = message.bodies > 0 ? try? read(message.first) { try RefusedCommand(code: code, detail: $0) } : nil
        return detail ?? RefusedCommand(refusal: Refusal(code, ""), command: nil, number: nil)
    }
}

/// A refusal, with the command and the alert's number that it answers, if it names them.
struct RefusedCommand {
    var refusal: Refusal
    var command: CommandWord?
    var number: AlertNumber?
}

extension RefusedCommand {
    fileprivate init(code: RefusalCode, detail: JSONNode) throws(Refusal) {
        refusal = try Refusal(code: code, detail: detail)
        command = try detail.member(ifPresent: "command")
        number = try detail.member(ifPresent: "number")
    }
}

extension Refusal {
    /// True if the same request may well be accepted later.
    var isPassing: Bool { code == .busy || code == .unavailable }

    /// Returns the time to wait before sending the request again.
    func wait(attempt: Int, _ options: ClientOptions) -> Duration {
        guard let retryAfterMilliseconds else { return options.reconnect.wait(attempt: attempt) }
        return .milliseconds(max(1, retryAfterMilliseconds))
    }

    /// The refusal for a caller that has too many unanswered requests.
    static var tooManyOutstanding: Refusal {
        Refusal(.busy, "This client has too many requests without an answer. Nothing was sent; try again later.")
    }
}
