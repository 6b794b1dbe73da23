public import TocsinModel
public import TocsinWire

/// What happens at a terminal beside its alerts.
public enum TerminalEvent: Hashable, Sendable {
    /// The broker counts on this terminal, from now or again; so many alerts have been waiting.
    case joined(Recipient, pending: Int)
    /// Somebody at another terminal of the recipient has taken an alert on.
    case taken(Recipient, AlertNumber, PersonalWord)
    /// The connection is lost. It comes back by itself, and `joined` will tell.
    case disconnected
    /// The broker refused something that nobody waits for, such as a JOIN; nil where it does not say for whom.
    case refused(Recipient?, Refusal)
    /// The broker sent what could not be read; in words for the log.
    case malformed(String)
}
