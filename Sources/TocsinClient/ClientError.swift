public import TocsinModel

/// The reason why the broker's answer did not come, or was a refusal. The description is a sentence for people.
///
/// A call whose task is cancelled throws `CancellationError` instead.
public enum ClientError: Error, Hashable, Sendable {
    /// The broker refused. `Refusal.code` is stable.
    case refused(Refusal)
    /// The client was closed before an answer came. The request may have been carried out.
    case closed
    /// No answer came in the time that the caller gave. The request may have been carried out.
    case timedOut
    /// An answer came that could not be read.
    case malformedAnswer(String)
    /// The broker was not there within ``ClientOptions/absenceTimeout``. Nothing was sent.
    case unreachable(Absence)
    /// The endpoint is no endpoint, the system gave no socket or thread, or the connection was lost before a command
    /// that must not be said twice was answered.
    case connection(String)
}

extension ClientError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .refused(let refusal):
            let text = refusal.message.isEmpty ? "without a reason." : refusal.message
            return "The broker refused (\(refusal.code.rawValue)): \(text)"
        case .closed: return "The connection was closed before the broker answered."
        case .timedOut: return "The broker did not answer in time."
        case .malformedAnswer(let text): return "The broker's answer could not be read: \(text)"
        case .unreachable(let absence): return absence.description
        case .connection(let text): return "There is no connection: \(text)"
        }
    }
}
