public import TocsinJournal
public import TocsinModel
public import TocsinWire

/// One turn of the broker: the records it wants kept and what is to be sent, before and after they are.
///
/// The shell makes one, lets the broker handle a batch of inputs into it, sends ``immediate``, appends ``records``, and
/// sends ``afterCommit`` when they, and all records of earlier turns, are on disk.
public struct Turn: Sendable {
    /// The time of everything in this turn.
    public let now: Moment
    /// Whether anybody listens to the feed; nothing is published otherwise.
    public let feedIsWatched: Bool

    public private(set) var records: [JournalEntry] = []
    public private(set) var immediate: [ImmediateOutput] = []
    public private(set) var afterCommit: [CommittedOutput] = []
    /// Whether somebody waits for the commit; otherwise it may be put off a little and shared.
    public private(set) var isUrgent = false

    /// Incidents to which nothing more is owed since this turn; their followers must be told.
    var justClosed: [IncidentNumber] = []
    /// Each recipient's last personal record in ``records``, which a further word of the same person may extend.
    private var personalRecord: [MailboxID: Int] = [:]

    public init(now: Moment, feedIsWatched: Bool = false) {
        self.now = now
        self.feedIsWatched = feedIsWatched
    }

    mutating func keep(_ entry: JournalEntry) {
        records.append(entry)
    }

    /// Answers something that could not be accepted, at once.
    public mutating func refuse(
        _ endpoint: Endpoint, _ peer: Peer, subject: String, _ refusal: Refusal, _ command: CommandWord?,
        number: AlertNumber? = nil
    ) {
        send(now: .refused(endpoint, peer, subject: subject, refusal, command, number))
    }

    mutating func send(now output: ImmediateOutput) {
        immediate.append(output)
    }

    /// Something that somebody waits for.
    mutating func send(_ output: CommittedOutput) {
        afterCommit.append(output)
        isUrgent = true
    }

    /// Something that can wait for the next commit.
    mutating func sendLazily(_ output: CommittedOutput) {
        afterCommit.append(output)
    }

    /// Extends the recipient's last personal record of this turn by one number; false where it says something else.
    ///
    /// `incident` made the alert; a record before the incident's own cannot speak of it, or the fold would not find it.
    mutating func extendPersonal(
        _ mailbox: MailboxID, _ number: AlertNumber, of incident: IncidentNumber?, _ state: AlertState, _ person: Person
    ) -> Bool {
        guard let index = personalRecord[mailbox], incident.map({ $0.position < records[index].position }) ?? true,
            case .personal(var personal) = records[index].record,
            personal.state == state, personal.person == person, let last = personal.numbers.last,
            last.upperBound < number
        else { return false }
        // The array must be unique before it grows, or every extension copies it.
        records[index].record = .closed(ClosedRecord(incident: IncidentNumber(0), person: person))
        if last.upperBound.value + 1 == number.value {
            personal.numbers[personal.numbers.count - 1] = last.lowerBound...number
        } else {
            personal.numbers.append(number...number)
        }
        records[index].record = .personal(personal)
        return true
    }

    /// Remembers that the record kept last is the recipient's last personal one.
    mutating func notePersonal(_ mailbox: MailboxID) {
        personalRecord[mailbox] = records.count - 1
    }
}
