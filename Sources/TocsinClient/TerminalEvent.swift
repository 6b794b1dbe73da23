public import TocsinModel
public import TocsinWire

/// An event of a terminal, other than an alert.
public enum TerminalEvent: Hashable, Sendable {
    /// The broker sends to this terminal, from now or again. `pending` alerts have been waiting, and come now. Another
    /// terminal has had `unanswered` alerts for action that nobody has taken, and these do not come.
    case joined(Recipient, pending: Int, unanswered: Int)
    /// The broker has another journal than before, for example after a backup was restored, and the recipient's numbers
    /// begin anew. Alerts already shown are forgotten. Unconfirmed words must be repeated about the alert that comes
    /// again.
    case newEpoch(Recipient)
    /// Somebody at another terminal of the recipient has taken an alert on.
    case taken(Recipient, AlertNumber, PersonalWord)
    /// The connection is lost. It is restored automatically, and then `joined` follows.
    case disconnected
    /// The broker is there and does not let this client in; said once. It is tried on.
    case shutOut(Absence)
    /// The broker refused a command that no caller waits for, such as a JOIN. The recipient is nil if the broker does
    /// not name it.
    case refused(Recipient?, Refusal)
    /// The broker sent an unreadable message; in words for the log.
    case malformed(String)
}
