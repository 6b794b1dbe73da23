/// Why a journal cannot do its work. Each case carries a sentence for the operator.
public enum JournalError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is no room on the disk. Nothing has been stored.
    case full(String)
    /// Another program has locked what is to be written, and there is no room elsewhere. Nothing has been stored.
    case busy(String)
    /// A read, a write or a sync failed.
    case failed(String)
    /// Somebody else writes the journal now. Nothing has been stored, and opening it again is theirs to allow: stand by.
    case fenced(String)
    /// The content is not what was written: what, where, and what to do.
    case corrupt(String)
    /// Another process has it open.
    case inUse(String)
    /// It was written by a version that this one does not know.
    case incompatible(String)

    /// Whether nothing has happened, and the same may succeed later, without anything being opened anew.
    public var isForLater: Bool {
        switch self {
        case .full, .busy: true
        case .failed, .fenced, .corrupt, .inUse, .incompatible: false
        }
    }

    public var description: String {
        switch self {
        case .full(let text), .busy(let text), .failed(let text), .fenced(let text), .corrupt(let text),
            .inUse(let text), .incompatible(let text):
            text
        }
    }
}
