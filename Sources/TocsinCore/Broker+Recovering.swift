import TocsinModel
import TocsinRouting
import TocsinWire

/// What the broker can promise just now.
public enum Standing: Hashable, Sendable {
    /// Records are taken.
    case serving
    /// The state is what is on disk, and no records are taken: whatever needs one is refused `unavailable`.
    case refusing
    /// The journal has failed, and what it holds is not known before it has been read again. Nothing is said of any
    /// incident or alert; who is connected stays so.
    case recovering
}

/// A broker that waits for its state.
extension Broker {
    /// A broker without a state, which keeps who is connected until another has it.
    init(recoveringFor presence: Presence, _ files: RuleFiles, _ settings: BrokerSettings) {
        self.init(rules: files.rules, directory: files.directory, settings: settings)
        standing = .recovering
        awaited = presence
    }

    /// Answers what needs no state, and refuses the rest: it may be sent again.
    mutating func answerWhileRecovering(_ input: Input, into turn: inout Turn) {
        switch input {
        case .report(let peer, let reference, _, _, _):
            refuse(peer, .reports, reference.text, .journalUnavailable, .report, into: &turn)
        case .follow(let peer, let reference, _, _):
            refuse(peer, .reports, reference.text, .journalUnavailable, .follow, into: &turn)
        case .join(let peer, let recipient, let terminal, let credit):
            guard directory.contains(recipient), awaited.joinCount < settings.limits.terminals else {
                return refuse(peer, .alerts, recipient.name, .journalUnavailable, .join, into: &turn)
            }
            // Its answer says how much is pending, and comes when that is known.
            awaited.add(Presence.Join(peer: peer, recipient: recipient, terminal: terminal, credit: credit))
        case .received(let peer, let recipient, _):
            refuse(peer, .alerts, recipient.name, .journalUnavailable, .received, into: &turn)
        case .acknowledge(let peer, let recipient, let number, _):
            refuse(peer, .alerts, recipient.name, .journalUnavailable, .acknowledge, number: number, into: &turn)
        case .decline(let peer, let recipient, let number, _):
            refuse(peer, .alerts, recipient.name, .journalUnavailable, .decline, number: number, into: &turn)
        case .status(let peer, let recipient, let number, _, _):
            refuse(peer, .alerts, recipient.name, .journalUnavailable, .status, number: number, into: &turn)
        case .close(let peer, let reference, _, _):
            refuse(peer, .control, reference.text, .journalUnavailable, .close, into: &turn)
        case .leave(let peer, let recipient):
            guard awaited.remove(peer.identity, from: recipient) else {
                return refuseNotJoined(peer, recipient, .leave, into: &turn)
            }
            answerLater(.ok(.alerts, peer, subject: recipient.name))
        case .ping(.alerts, let peer, let payload): answerLater(.pong(.alerts, peer, payload))
        case .ping(let endpoint, let peer, let payload): turn.send(.pong(endpoint, peer, payload))
        case .unreachable(let identity): awaited.remove(identity)
        case .reporterGone(let identity): awaited.removeFollows(of: identity)
        case .heard, .tick: break
        }
    }

    /// Answers on the alerts endpoint when the state is known: until then nobody knows whether what came before is on disk.
    /// Who asks more often than the bound allows gets no answer, and asks again.
    mutating func answerLater(_ output: CommittedOutput) {
        guard awaited.answers.count < settings.limits.terminals else { return }
        awaited.answers.append(output)
    }
}
