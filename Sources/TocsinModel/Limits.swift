/// Every bound of the broker in one place, each with the reason for its value.
///
/// The constants belong to the protocol and are the same everywhere; the variables can be configured.
public struct Limits: Sendable, Equatable {
    /// A report's size in bytes; larger ones are refused `tooLarge`. A report is text: pictures travel as links.
    public var reportBytes = 256 * 1024
    /// Reports that are accepted but not yet on disk. At 1,000 fsyncs a second and 60,000 reports a second a batch
    /// holds some hundred; a hundred times that is a disk in trouble, and the answer is `busy`.
    public var uncommittedReports = 16_384
    /// Bytes of accepted reports that are not yet on disk, for the same reason.
    public var uncommittedBytes = 64 * 1024 * 1024
    /// Bytes sent to one terminal and not yet RECEIVED: what a terminal that never reads can cost.
    public var outstandingBytes = 16 * 1024 * 1024
    /// Report bodies kept at hand for sending; the rest is read back from the journal.
    public var bodyCacheBytes = 24 * 1024 * 1024
    /// Incidents that field clients follow, all together.
    public var followers = 100_000
    /// Terminals joined, all together; each costs about a kilobyte and a file descriptor.
    public var terminals = 60_000

    public init() {}
}

extension Limits {
    /// The largest frame that may be configured to be received.
    public static let frameBytes: Int64 = 16 * 1024 * 1024
    /// A frame above this is not received at all: libzmq cuts the connection. What is up to four times as large as a report
    /// may be is refused with words; and whatever is configured, bodies that are not reports fit.
    public var receivedFrameBytes: Int { max(4 * Self.bodyBytes, min(Int(Self.frameBytes), 4 * reportBytes)) }
    /// Descriptors that connections do not get: the journal, its readers, reloads and logs need some forty. Operators may
    /// take half of it.
    public static let descriptorReserve = 64
    /// How long a new connection may take to say what it is: ample for a radio link, and one that says nothing is soon gone.
    public static let handshakeSeconds = 10
    /// Heartbeats of silence after which a connection is asked whether it lives, and again so many after which it is cut:
    /// later than a joined terminal, which the broker itself asks.
    public static let silentHeartbeats = 3
    /// Objects and arrays inside one another. CAP needs 4; this leaves room for unknown members.
    public static let jsonDepth = 64
    /// Frames of one message that are looked at: identity, delimiter, header, two bodies, and one too many.
    public static let frames = 6
    /// A command line: the longest is RECEIVED with a list of numbers.
    public static let headerBytes = 64 * 1024
    /// A field client's reference for its own command.
    public static let referenceBytes = 64
    /// A recipient's name.
    public static let recipientBytes = 64
    /// A terminal's name.
    public static let terminalBytes = 64
    /// A PING's payload.
    public static let payloadBytes = 128
    /// CAP's identifier and sender, in characters.
    public static let nameCharacters = 128
    /// An event's text or code, in characters.
    public static let eventCharacters = 256
    /// Bytes, roughly, that go to the journal's log at once; a larger record goes alone. Replicated logs take little more,
    /// and a disk some milliseconds.
    public static let bytesPerAppend = 1024 * 1024
    /// The fewest records between two snapshots: a start reads so many, and those that have come while one was made, about a
    /// tenth of a second's worth.
    public static let recordsBetweenSnapshots: Int64 = 25_000
    /// Records that make a snapshot worth its while when the daemon ends.
    public static let recordsWorthASnapshot: Int64 = 1_000
    /// Incidents that are written into a snapshot in one turn: a millisecond's work.
    public static let incidentsWrittenAtOnce = 2_000
    /// A body that is not a report: a person's word, an operator's arguments.
    public static let bodyBytes = 64 * 1024
    /// Messages of operators that wait for the desk, all together: what a script asks at once, and at most 16 MB of reports.
    public static let operatorMessages = 64
    /// Those of one connection: a quarter, so that one script leaves places for whoever operates.
    public static let operatorMessagesPerPeer = 16
    /// Incidents in one list: it is read in some tens of milliseconds, for which other operators' questions wait.
    public static let listedIncidents = 1000
    /// A wallboard's subscription: the longest topic names a recipient and a grid.
    public static let subscriptionBytes = 256
    /// Incidents that one connection follows: a call centre's day, and a tenth of what all may follow together.
    public static let followsPerConnection = 10_000
    /// A person's name.
    public static let personNameBytes = 128
    /// A person's note.
    public static let noteBytes = 4 * 1024
    /// A terminal's credit. Above it a department that dies leaves too much to send again.
    public static let credit = 1...10_000
    /// Alerts after which a turn takes no more from terminals: one that has the largest credit and joins again and again
    /// sends for so many, and whoever reports waits for them.
    public static let alertsPerTurn = 10_000
    /// Ranges in one RECEIVED.
    public static let numberRanges = 10_000
    /// Numbers in one RECEIVED, all ranges together: what a terminal can have outstanding at most, twice over.
    public static let receivedNumbers = 20_000
    /// Recipients that one rule names: a rule that names more has gone wrong.
    public static let recipientsPerRule = 1024
    /// Recipients that all rules together name, steps and the fallback included: as many as one incident can have, whose list
    /// is never cut. `role@level` counts once, for a report has one place. A district has some 5,000 mailboxes, and names
    /// few of them one by one.
    public static let recipientsPerIncident = 16_384
    /// Steps of one rule: a chain of command has half a dozen.
    public static let stepsPerRule = 64
    /// Steps of all rules together, counted with those whose answers they wait for: what the plans of an incident come to
    /// that matches every rule. A district's rules in each of 300 streets are 60,000.
    public static let stepsPerIncident = 65_536
    /// A record's body. The largest is an incident's that has as much of all that as rules may give, with the longest names.
    public static let recordBytes = 64 * 1024 * 1024
    /// Escalation steps that are taken in one turn, about a millisecond's work. The rest is taken in the next turns.
    public static let stepsPerTurn = 256
    /// Members of a report's `eventCode` or `parameter`: rules are looked up by each of them.
    public static let namedValues = 256
    /// Points of a report's polygon: a district's border as surveyors draw it has some hundred.
    public static let polygonPoints = 4096
    /// Answers that wait for a peer that does not read, in messages: twice the largest credit, so that alerts alone
    /// never reach it.
    public static let sendQueueMessages: Int32 = 20_000
    /// Messages of one peer that wait to be read, as many as are taken in one turn: with the frame's limit this bounds what
    /// can pile up while the broker does not read, as when it recovers.
    public static let receiveQueueMessages: Int32 = 256
    /// Bytes of all peers together that wait to be read, which matters while the broker recovers: some seconds of the
    /// largest flow, and no more than a small machine has.
    public static let unreadBytes = 256 * 1024 * 1024
    /// Messages of the feed that wait for a subscriber that does not read.
    public static let feedQueueMessages: Int32 = 1_000
}
