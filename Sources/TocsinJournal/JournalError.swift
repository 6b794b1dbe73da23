/// The reason why a journal cannot do its work. Each case carries a sentence for the operator.
public enum JournalError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is no room on the disk. Nothing has been stored.
    case full(String)
    /// Another program has locked the file to be written, and there is no room elsewhere. Nothing has been stored.
    case busy(String)
    /// The file system takes no writes. Nothing has been stored.
    case readOnly(String)
    /// The journal that was open is not in its place any more.
    case missing(String)
    /// A read, a write or a sync failed.
    case failed(String)
    /// Another process writes the journal now. Nothing has been stored. The journal must not be opened again without
    /// that process's leave: stand by.
    case fenced(String)
    /// The content is not what was written. The text says what, where, and what to do.
    case corrupt(String)
    /// Another process has the journal open.
    case inUse(String)
    /// The journal was written by a version that this one does not know.
    case incompatible(String)

    /// True if nothing has happened, and the same may succeed later. A probe is tried again as it is. After an append that
    /// failed the journal is opened anew all the same, since nothing is appended behind a gap.
    public var isForLater: Bool {
        switch self {
        case .full, .busy, .readOnly: true
        case .missing, .failed, .fenced, .corrupt, .inUse, .incompatible: false
        }
    }

    /// A stable word for the kind, for programs.
    public var code: String {
        switch self {
        case .full: "full"
        case .busy: "busy"
        case .readOnly: "readOnly"
        case .missing: "missing"
        case .failed: "failed"
        case .fenced: "fenced"
        case .corrupt: "damaged"
        case .inUse: "inUse"
        case .incompatible: "incompatible"
        }
    }

    public var description: String {
        switch self {
        case .full(let text), .busy(let text), .readOnly(let text), .missing(let text), .failed(let text),
            .fenced(let text), .corrupt(let text), .inUse(let text), .incompatible(let text):
            text
        }
    }
}
