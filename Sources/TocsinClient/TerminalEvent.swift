public import TocsinModel
public import TocsinWire

/// What happens at a terminal beside its alerts.
public enum TerminalEvent: Hashable, Sendable {
    /// The broker counts on this terminal, from now or again; so many alerts have been waiting.
    case joined(Recipient, pending: Int)
    /// The broker's journal is another than before, as after a backup was restored: the recipient's numbers begin anew.
    /// What was shown is forgotten, and what was said and not confirmed must be said of the alert that comes again.
    case newEpoch(Recipient)
    /// Somebody at another terminal of the recipient has taken an alert on.
    case taken(Recipient, AlertNumber, PersonalWord)
    /// The connection is lost. It comes back by itself, and `joined` will tell.
    case disconnected
    /// The broker refused something that nobody waits for, such as a JOIN; nil where it does not say for whom.
    case refused(Recipient?, Refusal)
    /// The broker sent what could not be read; in words for the log.
    case malformed(String)
}
