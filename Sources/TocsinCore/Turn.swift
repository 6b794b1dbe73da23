public import TocsinJournal
public import TocsinModel
public import TocsinWire

/// One turn of the broker: the records it wants kept and what is to be sent, before and after they are.
///
/// The shell makes one, lets the broker handle a commit of inputs into it, sends ``immediate``, and takes the ``commit``:
/// it appends the records, and sends the outputs when they, and all records of earlier turns, are on disk. Turns that
/// come while a commit is under way add to one commit, one after the other.
public struct Turn: Sendable, ~Copyable {
    /// The time of everything in this turn.
    public let now: Moment
    /// Whether anybody listens to the feed; nothing is published otherwise.
    public let feedIsWatched: Bool

    public private(set) var immediate: [ImmediateOutput] = []
    /// What this turn and those before it, if it goes on with theirs, want kept and sent.
    public private(set) var commit: Commit

    /// Incidents to which nothing more is owed since this turn; their followers must be told.
    var justClosed: [IncidentNumber] = []
    /// Where this turn's own records and outputs begin.
    private var firstRecord: Int
    private var firstOutput: Int
    /// Each recipient's last personal record of this turn, which a further word of the same person may extend.
    private var personalRecord: [MailboxID: Int] = [:]

    /// Begins a turn.
    ///
    /// - Parameters:
    ///   - now: the time that the whole turn goes by.
    ///   - feedIsWatched: whether anybody would get what it has for the feed.
    ///   - commit: what earlier turns have gathered and nobody has taken to the disk; this turn adds to it.
    public init(now: Moment, feedIsWatched: Bool = false, continuing commit: consuming Commit = Commit()) {
        self.now = now
        self.feedIsWatched = feedIsWatched
        firstRecord = commit.records.count
        firstOutput = commit.outputs.count
        self.commit = commit
    }

    /// This turn's own records.
    public var records: ArraySlice<JournalEntry> { commit.records[firstRecord...] }

    /// What this turn itself wants sent after the commit.
    public var afterCommit: ArraySlice<CommittedOutput> { commit.outputs[firstOutput...] }

    /// Takes everything out that would have gone to the disk; what follows in this turn begins anew.
    public mutating func takeCommit() -> Commit {
        var taken = Commit()
        swap(&taken, &commit)
        (firstRecord, firstOutput) = (0, 0)
        personalRecord.removeAll()
        return taken
    }

    mutating func add(_ entry: JournalEntry) {
        noteBeginning()
        commit.records.append(entry)
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
        noteBeginning()
        commit.outputs.append(output)
        commit.isUrgent = true
    }

    /// Has the next commit begin as soon as it can.
    mutating func hurry() {
        commit.isUrgent = true
    }

    /// Something that can wait for the next commit.
    mutating func sendLazily(_ output: CommittedOutput) {
        noteBeginning()
        commit.outputs.append(output)
    }

    /// Extends the recipient's last personal record of this turn by one number; false where it says something else.
    ///
    /// `incident` made the alert; a record before the incident's own cannot speak of it, or the fold would not find it. Nil
    /// where it has closed: a record before its end would say that the word came before.
    mutating func extendPersonal(
        _ mailbox: MailboxID, _ number: AlertNumber, of incident: IncidentNumber?, _ state: AlertState, _ person: Person
    ) -> Bool {
        guard let index = personalRecord[mailbox],
            let incident, incident.position < commit.records[index].position,
            case .personal(var personal) = commit.records[index].record,
            personal.state == state, personal.person == person, let last = personal.numbers.last,
            last.upperBound < number
        else { return false }
        // The array must be unique before it grows, or every extension copies it.
        commit.records[index].record = .closed(ClosedRecord(incident: IncidentNumber(0), person: person))
        if last.upperBound.value + 1 == number.value {
            personal.numbers[personal.numbers.count - 1] = last.lowerBound...number
        } else {
            personal.numbers.append(number...number)
        }
        commit.records[index].record = .personal(personal)
        return true
    }

    /// Remembers that the record kept last is the recipient's last personal one.
    mutating func notePersonal(_ mailbox: MailboxID) {
        personalRecord[mailbox] = commit.records.count - 1
    }

    private mutating func noteBeginning() {
        if commit.isEmpty { commit.since = now.uptime }
    }
}
