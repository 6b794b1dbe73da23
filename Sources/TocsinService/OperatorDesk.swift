import DequeModule
import Dispatch
import Logging
import Synchronization
import Threads
import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinRouting
import TocsinWire
import ZeroMQ

/// The thread that answers operators' questions, so that none of them keeps an alert waiting.
///
/// The loop hands over a message with what its answer is made of, and is woken when ``takeAnswers()`` has something. The
/// desk answers one after the other, in the order in which they came. Whatever else a peer says while it has a question
/// here is handed over too, and comes back when its turn has come: so a PONG is still the last of what came before it.
final class OperatorDesk: Sendable {
    /// What the answer to a question is made of: values that nobody changes any more.
    struct View: Sendable {
        let rules: Ruleset
        let rulesPosition: Position
        let directory: Directory
        /// When rules and directory were read: what was compiled against others is of no use.
        let loadedAt: Timestamp
        /// For the desk alone; nil while there is no journal.
        let index: (any IncidentIndex)?
        let openIncidents: OpenIncidents
        /// When it was asked.
        let now: Timestamp
        /// Mailboxes in use, where the question is about them.
        let mailboxes: [Overview.MailboxLine]
    }

    /// What has become of a message that was handed over.
    struct Answer: Sendable {
        enum Outcome: Sendable {
            /// The answer's JSON.
            case json(AnswerFrame)
            case refused(Refusal)
            /// It is not the desk's affair, and everything before it has been answered.
            case itsTurn
        }

        let message: OperatorMessage
        let outcome: Outcome
    }

    private enum Job: Sendable {
        case question(OperatorMessage, View)
        case pass(OperatorMessage)
    }

    private struct State: Sendable {
        var jobs: Deque<Job> = []
        var answers: [Answer] = []
        /// How many messages of each peer are here; peers that have none are not.
        var open: [PeerIdentity: Int] = [:]
        /// All of them.
        var count = 0
        var isStopped = false
    }

    private let state = Mutex(State())
    private let work = DispatchSemaphore(value: 0)
    private let done: WakeUp

    /// Starts the thread; `done` is signalled when ``takeAnswers()`` has something.
    ///
    /// - Throws: Where the system has no thread to give.
    init(reportBytes: Int, done: WakeUp, logger: Logger) throws(OwnThread.Failure) {
        self.done = done
        try OwnThread.start("tocsin-desk") { [self] in
            var answerer = Answerer(reportBytes: reportBytes, logger: logger)
            while let job = nextJob() { finish(job, &answerer) }
        }
    }

    /// Ends the thread after the question that it is at.
    func stop() {
        state.withLock { $0.isStopped = true }
        work.signal()
    }

    /// Whether something of this peer is here.
    func isBusy(with peer: PeerIdentity) -> Bool { state.withLock { $0.open[peer] != nil } }

    /// Hands over a question.
    ///
    /// - Throws: a ``TocsinModel/Refusal`` `busy` while too many messages are here.
    func ask(_ message: OperatorMessage, _ view: View) throws(Refusal) {
        try add(.question(message, view), of: message.peer.identity)
    }

    /// Hands over a message that is not a question, to come back when its turn has come.
    ///
    /// - Throws: a ``TocsinModel/Refusal`` `busy` while too many messages are here.
    func pass(_ message: OperatorMessage) throws(Refusal) {
        try add(.pass(message), of: message.peer.identity)
    }

    /// What has been answered since, in order. From now on it is no longer here.
    func takeAnswers() -> [Answer] {
        state.withLock { state in
            guard !state.answers.isEmpty else { return [] }
            for answer in state.answers {
                let peer = answer.message.peer.identity
                let left = (state.open[peer] ?? 1) - 1
                state.open[peer] = left > 0 ? left : nil
            }
            state.count -= state.answers.count
            defer { state.answers.removeAll(keepingCapacity: true) }
            return state.answers
        }
    }

    private func add(_ job: Job, of peer: PeerIdentity) throws(Refusal) {
        let isTaken = state.withLock { state in
            guard state.count < Limits.operatorMessages,
                state.open[peer, default: 0] < Limits.operatorMessagesPerPeer
            else { return false }
            state.jobs.append(job)
            state.open[peer, default: 0] += 1
            state.count += 1
            return true
        }
        guard isTaken else {
            throw Refusal(
                .busy, "Too many questions wait for their answers; ask again.", retryAfterMilliseconds: 100)
        }
        work.signal()
    }

    /// Waits for the next job; nil when the thread is to end.
    private func nextJob() -> Job? {
        while true {
            work.wait()
            let (job, isStopped) = state.withLock { ($0.isStopped ? nil : $0.jobs.popFirst(), $0.isStopped) }
            if let job { return job }
            if isStopped { return nil }
        }
    }

    private func finish(_ job: consuming Job, _ answerer: inout Answerer) {
        let answer =
            switch job {
            case .question(let message, let view):
                Answer(message: message, outcome: answerer.answer(message, view))
            case .pass(let message): Answer(message: message, outcome: .itsTurn)
            }
        state.withLock { $0.answers.append(answer) }
        done.signal()
    }
}

/// An answer's JSON as libzmq takes it: made on the desk's thread, so that the loop copies nothing.
///
/// `@unchecked Sendable`: the desk makes it and lets it go; whoever takes the answer has it alone.
final class AnswerFrame: @unchecked Sendable {
    var message: Message

    init(_ json: borrowing JSONWriter) throws(ZeroMQError) {
        message = try json.withUnsafeBytes { (bytes) throws(ZeroMQError) in try Message(copying: bytes) }
    }
}
