import TocsinCore
import TocsinModel
import TocsinWire

/// Something that somebody has asked of the broker, and waits for.
enum Question: Hashable {
    case report(String)
    case follow(String)
    case close(String)
    case reload(String)
    case join(Recipient)
    case leave(Recipient)
    /// RECEIVED of numbers that nobody has given: it is refused.
    case strangeReceived(Recipient)
    case word(AlertName)
    case ping(String)
}

/// What has been asked and not been answered, by connection, in the order in which it came.
struct Questions {
    private var open: [Peer: [Question]] = [:]

    mutating func ask(_ peer: Peer, _ question: Question) {
        if case .join = question { open[peer, default: []].removeAll { $0 == question } }
        open[peer, default: []].append(question)
    }

    /// One is answered; false where nobody has asked.
    mutating func answer(_ peer: Peer, _ question: Question) -> Bool {
        guard let place = open[peer]?.firstIndex(of: question) else { return false }
        open[peer]?.remove(at: place)
        return true
    }

    /// What a connection asked before a PING and has no answer to: PONG says that there is nothing.
    func unanswered(_ peer: Peer, before ping: String) -> [Question] {
        guard let questions = open[peer], let place = questions.firstIndex(of: .ping(ping)) else { return [] }
        return questions[..<place].filter { if case .reload = $0 { false } else { true } }
    }

    /// Whatever is open, of those that `matters`.
    func unanswered(_ matters: (Question) -> Bool) -> [Question] {
        open.values.joined().filter(matters)
    }

    /// Who has left before it was known what waits, or is gone, is not told that it has joined.
    mutating func forgetJoins(of identity: PeerIdentity, to recipient: Recipient? = nil) {
        for peer in open.keys where peer.identity == identity {
            open[peer]?.removeAll { question in
                if case .join(let joined) = question { recipient == nil || joined == recipient } else { false }
            }
        }
    }

    /// The daemon is gone, and so is every connection.
    mutating func forgetAll() {
        open = [:]
    }
}

extension Question {
    /// What a request waits for; nil for what has no answer.
    init?(_ request: Request) {
        switch request {
        case .reload(_, let reference): self = .reload(reference.text)
        case .signal: return nil
        case .input(let input):
            switch input {
            case .report(_, let reference, _, _, _): self = .report(reference.text)
            case .follow(_, let reference, _, _): self = .follow(reference.text)
            case .close(_, let reference, _, _): self = .close(reference.text)
            case .join(_, let recipient, _, _): self = .join(recipient)
            case .leave(_, let recipient): self = .leave(recipient)
            case .received(_, let recipient, let numbers):
                guard numbers.ranges.contains(where: { $0.upperBound.value >= SimulatedTerminal.strange }) else {
                    return nil
                }
                self = .strangeReceived(recipient)
            case .acknowledge(_, let recipient, let number, _), .decline(_, let recipient, let number, _),
                .status(_, let recipient, let number, _, _):
                self = .word(AlertName(recipient: recipient, number: number))
            case .ping(_, _, let payload): self = .ping(payload)
            case .heard, .unreachable, .reporterGone, .tick: return nil
            }
        }
    }

    /// What a refusal answers; nil where the broker says it of its own accord, or answers what needs none.
    init?(refused command: CommandWord?, _ endpoint: Endpoint, subject: String, _ number: AlertNumber?) {
        let recipient = Recipient(subject)
        switch (command, endpoint) {
        case (.report, _): self = .report(subject)
        // A journal that fails takes back its OK, and knows no more of what that was for.
        case (.follow, _), (nil, .reports): self = .follow(subject)
        case (.close, _), (nil, .control): self = .close(subject)
        case (.reload, _): self = .reload(subject)
        case (.leave, _): if let recipient { self = .leave(recipient) } else { return nil }
        case (.join, _): if let recipient { self = .join(recipient) } else { return nil }
        case (.received, _): if let recipient { self = .strangeReceived(recipient) } else { return nil }
        case (.acknowledge, _), (.decline, _), (.status, _):
            guard let recipient, let number else { return nil }
            self = .word(AlertName(recipient: recipient, number: number))
        default: return nil
        }
    }

    /// What an output answers; nil for what the broker says of its own accord.
    init?(answeredBy output: CommittedOutput) {
        switch output {
        case .receipt(_, let reference, _): self = .report(reference.text)
        case .ok(.reports, _, let subject): self = .follow(subject)
        case .ok(.control, _, let subject): self = .close(subject)
        case .ok(.alerts, _, let subject):
            guard let recipient = Recipient(subject) else { return nil }
            self = .leave(recipient)
        case .pong(_, _, let payload): self = .ping(payload)
        case .joined(_, let recipient, _): self = .join(recipient)
        case .confirmed(_, let recipient, let number, _):
            self = .word(AlertName(recipient: recipient, number: number))
        case .progress, .alert, .taken, .publish: return nil
        }
    }

    /// Whether it may be answered without having been asked: terminals are joined again on their behalf, and lose their
    /// name to others; what is RECEIVED is refused where it cannot be recorded.
    var isAnsweredUnasked: Bool {
        switch self {
        case .join, .strangeReceived: true
        case .report, .follow, .close, .reload, .leave, .word, .ping: false
        }
    }
}
