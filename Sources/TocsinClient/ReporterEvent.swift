/// An event of a reporter's connection.
public enum ReporterEvent: Hashable, Sendable {
    /// The broker can be reached, for the first time or again.
    case connected
    /// The connection is lost. It is restored automatically, and unanswered requests are sent again.
    case disconnected
    /// The broker is there and does not let this client in; said once. It is tried on.
    case shutOut(Absence)
}
