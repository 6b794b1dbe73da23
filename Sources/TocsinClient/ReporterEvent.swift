/// What happens to a reporter's connection.
public enum ReporterEvent: Hashable, Sendable {
    /// The broker can be reached, for the first time or again.
    case connected
    /// The connection is lost. It comes back by itself, and what has no answer is said again.
    case disconnected
}
