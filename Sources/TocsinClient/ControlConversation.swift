import TocsinModel
import TocsinWire
import ZeroMQ

/// An operator's commands, each with one answer.
struct ControlConversation: Conversation {
    typealias Completion = @Sendable (Result<[UInt8], any Error>) -> Void

    enum Request: Sendable {
        case command(Int64, CommandWord, [[UInt8]], giveUpAt: Instant?, Completion)
        /// Withdraws a command, as its caller no longer waits.
        case cancel(Int64)
    }

    private struct Command {
        let word: CommandWord
        let bodies: [[UInt8]]
        let completion: Completion
        var isSent = false

        /// True if the command is a question, which may be sent twice.
        var isQuestion: Bool {
            switch word {
            case .info, .incidents, .incident, .pending, .explain, .clients, .subscriptions: true
            default: false
            }
        }
    }

    private let options: ClientOptions
    private let bodies = BodyReader()
    private var commands = RequestTable<Command>()

    init(options: ClientOptions) {
        self.options = options
    }

    static let showsLife = true

    var hasFailed: Bool { false }

    func isFinished(_ line: borrowing Line) -> Bool { commands.isEmpty }

    mutating func connected(_ line: inout Line, now: Instant) throws(ZeroMQError) {
        for reference in commands.references { try send(reference, &line) }
    }

    mutating func disconnected() {
        // CLOSE and RELOAD may have been carried out, and a second one would get another answer than the first.
        for reference in commands.references {
            guard let command = commands[reference], command.isSent, !command.isQuestion else { continue }
            commands.remove(reference)?.completion(
                .failure(ClientError.connection("it was lost before \(command.word.rawValue) was answered.")))
        }
    }

    mutating func shutOut(_ absence: Absence) {
        // An operator waits for an answer, and none comes before somebody has seen to the key.
        for (_, command) in commands.removeAll() { command.completion(.failure(ClientError.unreachable(absence))) }
    }

    mutating func take(_ request: Request, _ line: inout Line, now: Instant) throws(ZeroMQError) {
        switch request {
        case .command(let reference, let word, let bodies, let giveUpAt, let completion):
            let command = Command(word: word, bodies: bodies, completion: completion)
            commands.add(reference, command, giveUpAt: giveUpAt)
            try send(reference, &line)
        case .cancel(let reference):
            commands.remove(reference)?.completion(.failure(CancellationError()))
        }
    }

    mutating func read(_ message: borrowing Incoming, _ line: inout Line, now: Instant) throws(ZeroMQError) {
        guard let answer = try? message.header.withUnsafeBytes({ try ControlAnswer(header: $0) }) else { return }
        switch answer {
        case .ok(let reference):
            let command = Int64(reference.text).flatMap { commands.remove($0) }
            command?.completion(.success(message.bodies > 0 ? message.first.bytes : []))
        case .refused(let reference, let code): refused(reference, code, message, now)
        case .ping(let payload):
            try line.sendPong(payload)
        case .pong: break
        }
    }

    mutating func endTurn(_ line: inout Line, now: Instant) throws(ZeroMQError) -> Instant? {
        let due = commands.takeDue(now: now)
        for (_, command) in due.expired { command.completion(.failure(ClientError.timedOut)) }
        for reference in due.toSend { try send(reference, &line) }
        return commands.nextCheck
    }

    mutating func leave(_ line: inout Line, now: Instant) throws(ZeroMQError) {}

    mutating func end(_ error: ClientError) {
        for (_, command) in commands.removeAll() { command.completion(.failure(error)) }
    }

    private mutating func send(_ reference: Int64, _ line: inout Line) throws(ZeroMQError) {
        guard line.isUp, let command = commands[reference] else { return }
        commands.noteSent(reference, again: nil)
        commands.update(reference) { $0.isSent = true }
        line.header.begin(command.word)
        line.header.add(reference)
        try line.send(bodies: command.bodies)
    }

    private mutating func refused(
        _ reference: Reference, _ code: RefusalCode, _ message: borrowing Incoming, _ now: Instant
    ) {
        let refused = bodies.refusal(code, message)
        let refusal = refused.refusal
        guard let number = Int64(reference.text) else {
            // Whoever does not know a command does not read its reference either.
            let unknown = commands.references.first { refused.command == nil || commands[$0]?.word == refused.command }
            guard code == .unsupported, let unknown else { return }
            commands.remove(unknown)?.completion(.failure(ClientError.refused(refusal)))
            return
        }
        if refusal.code == .busy {
            commands.postpone(number, now: now) { [options] in refusal.wait(attempt: $0, options) }
        } else {
            commands.remove(number)?.completion(.failure(ClientError.refused(refusal)))
        }
    }
}
