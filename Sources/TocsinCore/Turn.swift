public import TocsinJournal
public import TocsinModel
public import TocsinWire

/// One turn of the broker: its records, and its outputs for before and after the commit.
///
/// The shell makes a turn, lets the broker handle a batch of inputs into it, sends ``immediate``, and takes the
/// ``commit``. It appends the records, and sends the outputs when these and all earlier records are on disk. Turns that
/// come while a commit is under way add to one commit, one after the other.
public struct Turn: Sendable, ~Copyable {
    /// The time of everything in this turn.
    public let now: Moment
    /// True if anybody listens to the feed. Otherwise nothing is published.
    public let feedIsWatched: Bool

    public private(set) var immediate: [ImmediateOutput] = []
    /// The records and outputs of this turn, and of earlier turns if it goes on with theirs.
    public private(set) var commit: Commit

    /// The incidents that this turn has closed. Their followers must be told.
    var justClosed: [IncidentNumber] = []
    /// The indices where this turn's own records and outputs begin.
    private var firstRecord: Int
    private var firstOutput: Int
    /// The index of each mailbox's last personal record of this turn. Another word of the same person may extend it.
    private var personalRecord: [MailboxID: Int] = [:]

    /// Begins a turn.
    ///
    /// - Parameters:
    ///   - now: The time of the whole turn.
    ///   - feedIsWatched: True if anybody listens to the feed.
    ///   - commit: The commit of earlier turns that has not been taken to the disk. This turn adds to it.
    public init(now: Moment, feedIsWatched: Bool = false, continuing commit: consuming Commit = Commit()) {
        self.now = now
        self.feedIsWatched = feedIsWatched
        firstRecord = commit.records.count
        firstOutput = commit.outputs.count
        self.commit = commit
    }

    /// This turn's own records.
    public var records: ArraySlice<JournalEntry> { commit.records[firstRecord...] }

    /// This turn's own outputs for after the commit.
    public var afterCommit: ArraySlice<CommittedOutput> { commit.outputs[firstOutput...] }

    /// Takes out the commit. Later records and outputs of this turn go into a new one.
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

    /// Refuses a request at once.
    public mutating func refuse(
        _ endpoint: Endpoint, _ peer: Peer, subject: String, _ refusal: Refusal, _ command: CommandWord?,
        number: AlertNumber? = nil
    ) {
        send(now: .refused(endpoint, peer, subject: subject, refusal, command, number))
    }

    mutating func send(now output: ImmediateOutput) {
        immediate.append(output)
    }

    /// Adds an output that somebody waits for.
    public mutating func send(_ output: consuming CommittedOutput) {
        noteBeginning()
        commit.outputs.append(output)
        commit.isUrgent = true
    }

    /// Makes the next commit begin as soon as it can.
    mutating func hurry() {
        commit.isUrgent = true
    }

    /// Adds an output that can wait for the next commit.
    mutating func sendLazily(_ output: consuming CommittedOutput) {
        noteBeginning()
        commit.outputs.append(output)
    }

    /// Extends the recipient's last personal record of this turn by one number. Returns false if that record has
    /// another state or person.
    ///
    /// `opening` is the record that made the alert's incident open. A record before it cannot name the alert, or the fold
    /// would not find it. `opening` is nil if it has closed: a record before its end would place the word too early. A word that ends
    /// the incident extends the turn's last record only: others may have spoken of the incident since an earlier one.
    mutating func extendPersonal(
        _ mailbox: MailboxID, _ number: AlertNumber, openedBy opening: Position?, isEnd: Bool, _ state: AlertState,
        _ person: Person
    ) -> Bool {
        guard let index = personalRecord[mailbox], !isEnd || index == commit.records.count - 1,
            let opening, opening < commit.records[index].position,
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

    /// Notes the last record of this turn as the recipient's last personal one.
    mutating func notePersonal(_ mailbox: MailboxID) {
        personalRecord[mailbox] = commit.records.count - 1
    }

    /// Gives the recipient's next word a record of its own, behind the RECEIVED that has just been recorded.
    mutating func endPersonal(_ mailbox: MailboxID) {
        personalRecord[mailbox] = nil
    }

    /// Gives everybody's next word a record of its own, behind what has just been recorded.
    mutating func endPersonals() {
        personalRecord.removeAll(keepingCapacity: true)
    }

    private mutating func noteBeginning() {
        if commit.isEmpty { commit.since = now.uptime }
    }
}
