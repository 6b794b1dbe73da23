import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinWire

/// A question to the broker that waits for its answer.
enum Question: Hashable {
    case report(String)
    case follow(String)
    case close(String)
    case reopening(String)
    case reload(String)
    case join(Recipient)
    case leave(Recipient)
    /// RECEIVED of numbers that nobody has given, which is refused.
    case strangeReceived(Recipient)
    case word(AlertName)
    case subscription(Recipient, CommandWord)
    /// SILENCE or UNSILENCE, by its reference.
    case silence(String)
    case split(String)
    case ping(String)
}

/// The unanswered questions by connection, in the order in which they came.
struct Questions {
    private var open: [Peer: [Question]] = [:]

    mutating func ask(_ peer: Peer, _ question: Question) {
        if case .join = question { open[peer, default: []].removeAll { $0 == question } }
        open[peer, default: []].append(question)
    }

    /// Removes an answered question. Returns false if nobody has asked it.
    mutating func answer(_ peer: Peer, _ question: Question) -> Bool {
        guard let place = open[peer]?.firstIndex(of: question) else { return false }
        open[peer]?.remove(at: place)
        return true
    }

    /// Returns the questions that a connection asked before a PING and that have no answer. PONG says that there are
    /// none.
    func unanswered(_ peer: Peer, before ping: String) -> [Question] {
        guard let questions = open[peer], let place = questions.firstIndex(of: .ping(ping)) else { return [] }
        return questions[..<place].filter { if case .reload = $0 { false } else { true } }
    }

    /// Returns the open questions for which `matters` is true.
    func unanswered(_ matters: (Question) -> Bool) -> [Question] {
        open.values.joined().filter(matters)
    }

    /// Removes the JOINs of a terminal that left before the broker knew its pending alerts, or is gone. Such a terminal
    /// is not told that it has joined.
    mutating func forgetJoins(of identity: PeerIdentity, to recipient: Recipient? = nil) {
        for peer in open.keys where peer.identity == identity {
            open[peer]?.removeAll { question in
                if case .join(let joined) = question { recipient == nil || joined == recipient } else { false }
            }
        }
    }

    /// Removes each JOIN that a LEAVE has followed, as the journal has failed before either was answered. Only the LEAVE
    /// is answered then.
    mutating func forgetJoinsWithdrawn() {
        for (peer, questions) in open {
            open[peer] = questions.enumerated().filter { index, question in
                guard case .join(let recipient) = question else { return true }
                return !questions[index...].contains(.leave(recipient))
            }.map(\.element)
        }
    }

    /// Removes all questions, as the daemon is gone, and with it every connection.
    mutating func forgetAll() {
        open = [:]
    }
}

extension Question {
    /// Creates the question of a request; nil if the request has no answer.
    init?(_ request: Request) {
        switch request {
        case .reload(_, let reference): self = .reload(reference.text)
        case .signal: return nil
        case .input(let input):
            switch input {
            case .report(_, let reference, _, _, _, _, _, _): self = .report(reference.text)
            // An OK says nothing but the reference.
            case .follow(_, let reference, _, _), .rate(_, let reference, _, _): self = .follow(reference.text)
            case .close(_, let reference, _, _): self = .close(reference.text)
            case .reopen(_, let reference, _, _): self = .reopening(reference.text)
            case .join(_, let recipient, _, _, _): self = .join(recipient)
            case .leave(_, let recipient): self = .leave(recipient)
            case .received(_, let recipient, let numbers):
                guard numbers.ranges.contains(where: { $0.upperBound.value >= SimulatedTerminal.strange }) else {
                    return nil
                }
                self = .strangeReceived(recipient)
            case .acknowledge(_, let recipient, let number, _), .decline(_, let recipient, let number, _),
                .status(_, let recipient, let number, _, _):
                self = .word(AlertName(recipient: recipient, number: number))
            case .subscribe(_, let subscription): self = .subscription(subscription.key.recipient, .subscribe)
            case .unsubscribe(_, let unsubscribed): self = .subscription(unsubscribed.key.recipient, .unsubscribe)
            case .subscriptions(_, let recipient): self = .subscription(recipient, .subscriptions)
            case .silence(_, let reference, _), .unsilence(_, let reference, _, _): self = .silence(reference.text)
            case .split(_, let reference, _): self = .split(reference.text)
            case .ping(_, _, let payload): self = .ping(payload)
            case .heard, .clientHeard, .unreachable, .reporterGone, .tick: return nil
            }
        }
    }

    /// Creates the question that a refusal answers. Nil if the broker sends the refusal of its own accord, or refuses a
    /// command that needs no answer.
    init?(refused command: CommandWord?, _ endpoint: Endpoint, subject: String, _ number: AlertNumber?) {
        let recipient = Recipient(subject)
        switch (command, endpoint) {
        case (.report, _): self = .report(subject)
        case (.follow, _), (.rate, _): self = .follow(subject)
        case (.silence, _), (.unsilence, _): self = .silence(subject)
        case (.close, _): self = .close(subject)
        case (.reopen, _): self = .reopening(subject)
        case (.split, _): self = .split(subject)
        case (.reload, _): self = .reload(subject)
        case (.leave, _): if let recipient { self = .leave(recipient) } else { return nil }
        case (.join, _): if let recipient { self = .join(recipient) } else { return nil }
        case (.received, _): if let recipient { self = .strangeReceived(recipient) } else { return nil }
        case (.subscribe?, _), (.unsubscribe?, _), (.subscriptions?, _):
            guard let recipient, let command else { return nil }
            self = .subscription(recipient, command)
        case (.acknowledge, _), (.decline, _), (.status, _):
            guard let recipient, let number else { return nil }
            self = .word(AlertName(recipient: recipient, number: number))
        default: return nil
        }
    }

    /// Creates the question that an output answers; nil for an output of the broker's own accord.
    init?(answeredBy output: CommittedOutput) {
        switch output {
        case .receipt(_, let reference, _): self = .report(reference.text)
        case .ok(.reports, _, let subject): self = .follow(subject)
        case .ok(.control, _, let subject): self = .close(subject)
        case .silenced(_, let reference, _), .unsilenced(_, let reference): self = .silence(reference.text)
        case .reopened(_, let reference): self = .reopening(reference.text)
        case .split(_, let reference, _): self = .split(reference.text)
        case .reloaded(_, let reference, _): self = .reload(reference.text)
        case .ok(.alerts, _, let subject):
            guard let recipient = Recipient(subject) else { return nil }
            self = .leave(recipient)
        case .pong(_, _, let payload): self = .ping(payload)
        case .joined(_, let recipient, _): self = .join(recipient)
        case .subscribed(_, let recipient, let command): self = .subscription(recipient, command)
        case .subscriptions(_, let recipient, _): self = .subscription(recipient, .subscriptions)
        case .confirmed(_, let recipient, let number, _, _):
            self = .word(AlertName(recipient: recipient, number: number))
        // Nobody rates here.
        case .progress, .rated, .alert, .taken, .publish: return nil
        }
    }

    /// True if the question may be answered without having been asked. Terminals are joined again on their behalf, and
    /// lose their name to others. A RECEIVED is refused if it cannot be recorded.
    var isAnsweredUnasked: Bool {
        switch self {
        case .join, .strangeReceived: true
        case .report, .follow, .close, .reopening, .reload, .leave, .word, .subscription, .silence, .split, .ping: false
        }
    }
}
