import DequeModule
import Dispatch
import Logging
import Synchronization
import Threads
import TocsinCore
import TocsinDuty
import TocsinJournal
import TocsinModel
import TocsinRouting
import TocsinWire
import ZeroMQ

/// The thread that answers operators' questions, so that none of them keeps an alert waiting.
///
/// The loop hands over a message with the values for its answer. It is woken when ``takeAnswers()`` has answers. The
/// desk answers one question after the other, in the order in which they came.
///
/// Other messages of a peer with a question here are handed over too, and come back in their turn. So a PONG is still
/// the last answer to the messages before it.
final class OperatorDesk: Sendable {
    /// The values that the answer to a question is made of. Nobody changes them any more.
    struct View: Sendable {
        let rules: Ruleset
        let rulesPosition: Position
        let subscriptions: SubscriptionTable
        /// The operators' silences.
        var silences = SilenceTable()
        /// The number of open incidents that each silence keeps still, those of the rules file among them.
        var hushed: [Silencing.Source: Int] = [:]
        /// The reports of each incident that some have joined, where it may grow.
        var reportCounts: [IncidentNumber: Int] = [:]
        let directory: Directory
        /// The time at which rules and directory were read. Rules compiled against another directory are of no use.
        let loadedAt: Timestamp
        /// An index for the desk alone, or nil while there is no journal.
        let index: (any IncidentIndex)?
        let openIncidents: OpenIncidents
        /// The last record on disk at the time of the question.
        var lastPosition = Position.zero
        /// The time of the question.
        let now: Timestamp
        /// The mailboxes in use, if the question is about them.
        let mailboxes: [Overview.MailboxLine]
        /// What the references of an Update or a Cancel lead to that is to be explained; nil while the state is unknown.
        var followed: FollowedReferences?
        /// The clients, if the question is about them.
        var clients: ClientsInUse?
        /// Who is on duty.
        var duty = DutyTable.empty
    }

    /// The result of a message that was handed over.
    struct Answer: Sendable {
        enum Outcome: Sendable {
            /// The answer's JSON.
            case json(AnswerFrame)
            /// The life of an incident that is to be opened again, for the broker to decide.
            indirect case reopening(IncidentLife, Person)
            case refused(Refusal)
            /// The message is not for the desk, and everything before it has been answered.
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
        /// The number of messages here by peer. Peers without messages have no entry.
        var open: [PeerIdentity: Int] = [:]
        /// The number of all messages here.
        var count = 0
        var isStopped = false
    }

    private let state = Mutex(State())
    private let work = DispatchSemaphore(value: 0)
    private let done: WakeUp

    /// Starts the thread. `done` is signalled when ``takeAnswers()`` has answers.
    ///
    /// - Throws: If the system has no thread to give.
    init(reportBytes: Int, done: WakeUp, logger: Logger) throws(OwnThread.Failure) {
        self.done = done
        try OwnThread.start("tocsin-desk") { [self] in
            var answerer = Answerer(reportBytes: reportBytes, logger: logger)
            while let job = nextJob() { finish(job, &answerer) }
        }
    }

    /// Ends the thread after the current question.
    func stop() {
        state.withLock { $0.isStopped = true }
        work.signal()
    }

    /// Returns true if a message of this peer is here.
    func isBusy(with peer: PeerIdentity) -> Bool { state.withLock { $0.open[peer] != nil } }

    /// Hands over a question.
    ///
    /// - Throws: A ``TocsinModel/Refusal`` `busy` while too many messages are here.
    func ask(_ message: OperatorMessage, _ view: View) throws(Refusal) {
        try add(.question(message, view), of: message.peer.identity)
    }

    /// Hands over a message that is not a question. It comes back in its turn.
    ///
    /// - Throws: A ``TocsinModel/Refusal`` `busy` while too many messages are here.
    func pass(_ message: OperatorMessage) throws(Refusal) {
        try add(.pass(message), of: message.peer.identity)
    }

    /// Takes the answers since the last call, in order. Their messages are no longer here.
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

    /// Waits for the next job, and returns it. Nil if the thread must end.
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

/// An answer's JSON as libzmq takes it. It is made on the desk's thread, so that the loop copies nothing.
///
/// `@unchecked Sendable`: the desk makes it and lets it go. The taker of the answer is its only holder.
final class AnswerFrame: @unchecked Sendable {
    var message: Message

    init(_ json: borrowing JSONWriter) throws(ZeroMQError) {
        message = try json.withUnsafeBytes { (bytes) throws(ZeroMQError) in try Message(copying: bytes) }
    }
}
