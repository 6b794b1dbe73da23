import TocsinJournal
import TocsinModel
import TocsinRouting
import TocsinWire

/// The promises that the broker can make at present.
public enum Standing: Hashable, Sendable {
    /// Records are taken.
    case serving
    /// Records are taken, but no new reports. The journal has no more room than its reserve for people's words.
    case sparing
    /// The state is what is on disk, and no records are taken. A request that needs a record is refused `unavailable`.
    case refusing
    /// The journal has failed, and its content is unknown until it has been read again. Nothing is said of any incident
    /// or alert. Connections stay as they are.
    case recovering
}

/// The broker while it waits for its state.
extension Broker {
    /// Creates a broker without a state. It keeps the connections until another broker has the state.
    init(recoveringFor presence: Presence, _ files: RuleFiles, _ settings: BrokerSettings) {
        self.init(rules: files.rules, directory: files.directory, settings: settings)
        standing = .recovering
        awaited = presence
    }

    /// Answers requests that need no state, and refuses the rest, which may be sent again.
    mutating func answerWhileRecovering(_ input: Input, into turn: inout Turn) {
        switch input {
        case .report(let peer, let reference, _, _, _, _, _, _):
            refuse(peer, .reports, reference.text, .journalUnavailable, .report, into: &turn)
        case .follow(let peer, let reference, _, _):
            refuse(peer, .reports, reference.text, .stateUnknown, .follow, into: &turn)
        case .rate(let peer, let reference, _, _):
            refuse(peer, .reports, reference.text, .journalUnavailable, .rate, into: &turn)
        case .join(let peer, let recipient, let terminal, let credit, let principal):
            guard directory.contains(recipient), awaited.joinCount < settings.limits.terminals else {
                return refuse(peer, .alerts, recipient.name, .stateUnknown, .join, into: &turn)
            }
            // The answer to JOIN says how much is pending, and is sent when that is known.
            awaited.add(
                Presence.Join(
                    peer: peer, recipient: recipient, terminal: terminal, credit: credit, principal: principal))
        case .received(let peer, let recipient, _):
            refuse(peer, .alerts, recipient.name, .stateUnknown, .received, into: &turn)
        case .acknowledge(let peer, let recipient, let number, _):
            refuse(peer, .alerts, recipient.name, .journalUnavailable, .acknowledge, number: number, into: &turn)
        case .decline(let peer, let recipient, let number, _):
            refuse(peer, .alerts, recipient.name, .journalUnavailable, .decline, number: number, into: &turn)
        case .status(let peer, let recipient, let number, _, _):
            refuse(peer, .alerts, recipient.name, .journalUnavailable, .status, number: number, into: &turn)
        case .subscribe(let peer, let subscription):
            let recipient = subscription.key.recipient
            refuse(peer, .alerts, recipient.name, .journalUnavailable, .subscribe, into: &turn)
        case .unsubscribe(let peer, let unsubscribed):
            let recipient = unsubscribed.key.recipient
            refuse(peer, .alerts, recipient.name, .journalUnavailable, .unsubscribe, into: &turn)
        case .subscriptions(let peer, let recipient):
            refuse(peer, .alerts, recipient.name, .stateUnknown, .subscriptions, into: &turn)
        case .close(let peer, let reference, _, _):
            refuse(peer, .control, reference.text, .journalUnavailable, .close, into: &turn)
        case .silence(let peer, let reference, _):
            refuse(peer, .control, reference.text, .journalUnavailable, .silence, into: &turn)
        case .unsilence(let peer, let reference, _, _):
            refuse(peer, .control, reference.text, .journalUnavailable, .unsilence, into: &turn)
        case .reopen(let peer, let reference, _, _):
            refuse(peer, .control, reference.text, .journalUnavailable, .reopen, into: &turn)
        case .split(let peer, let reference, _):
            refuse(peer, .control, reference.text, .journalUnavailable, .split, into: &turn)
        case .leave(let peer, let recipient):
            guard awaited.remove(peer.identity, from: recipient) else {
                return refuseNotJoined(peer, recipient, .leave, into: &turn)
            }
            answerLater(.ok(.alerts, peer, subject: recipient.name))
        case .ping(.alerts, let peer, let payload): answerLater(.pong(.alerts, peer, payload))
        case .ping(let endpoint, let peer, let payload): turn.send(.pong(endpoint, peer, payload))
        case .unreachable(let identity): awaited.remove(identity)
        case .reporterGone(let identity): awaited.removeFollows(of: identity)
        case .heard, .clientHeard, .tick: break
        }
    }

    /// Keeps an answer on the alerts endpoint until the state is known. Until then it is unknown whether earlier
    /// messages are on disk. A request above the bound gets no answer, and the peer asks again.
    mutating func answerLater(_ output: CommittedOutput) {
        guard awaited.answers.count < settings.limits.terminals else { return }
        awaited.answers.append(output)
    }
}
