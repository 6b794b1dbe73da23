/// The bounds of the broker, each with the reason for its value.
///
/// The constants belong to the protocol and are the same everywhere; the variables can be configured.
public struct Limits: Sendable, Equatable {
    /// A report's size in bytes. Larger reports are refused as `tooLarge`. A report is text: pictures travel as links.
    public var reportBytes = 256 * 1024
    /// Reports that are accepted but not yet on disk. At 1,000 fsyncs and 60,000 reports a second a batch holds some
    /// hundred. A hundred times that means a disk in trouble, and the answer is `busy`.
    public var uncommittedReports = 16_384
    /// Bytes of accepted reports that are not yet on disk, for the same reason.
    public var uncommittedBytes = 64 * 1024 * 1024
    /// Bytes sent to one terminal and not yet RECEIVED. They bound the cost of a terminal that never reads.
    public var outstandingBytes = 16 * 1024 * 1024
    /// Bytes of report bodies kept in memory for sending. Other bodies are read back from the journal.
    public var bodyCacheBytes = 24 * 1024 * 1024
    /// Incidents that field clients follow, all together.
    public var followers = 100_000
    /// Terminals joined, all together. Each costs about a kilobyte and a file descriptor.
    public var terminals = 60_000
    /// Connections of one client that has a key. Each takes a descriptor that others may need.
    public var connectionsPerClient = 1_000

    public init() {}
}

extension Limits {
    /// Bytes of large messages that wait for one connection that does not read. They are some times what a terminal may
    /// have outstanding: a connection may have joined for several recipients, and alerts may have been sent again.
    public var unsentBytes: Int { 4 * outstandingBytes }
    /// The largest value that can be configured for received frames.
    public static let frameBytes: Int64 = 16 * 1024 * 1024
    /// The size above which a frame is not received at all: libzmq cuts the connection. A report of up to four times its
    /// limit, but no more than ``frameBytes``, is refused with words. A body that is not a report has 256 KiB at least.
    public var receivedFrameBytes: Int { max(4 * Self.bodyBytes, min(Int(Self.frameBytes), 4 * reportBytes)) }
    /// Descriptors that connections do not get: the journal, its readers, reloads and logs need some forty. Operators
    /// may take half of the reserve.
    public static let descriptorReserve = 64
    /// Time within which a new connection must say what it is. It is ample for a radio link, and a silent connection is
    /// soon gone.
    public static let handshakeSeconds = 10
    // The bounds of the waiting room for newcomers with keys.
    /// Strangers that shake hands in a second. A handshake takes 0.2 ms of the thread that sends the alerts, too.
    public static let handshakesPerSecond = 500
    /// Newcomers that wait with the daemon. More wait with the system: whoever is refused comes again at once.
    public static let newcomers = 8_192
    /// Time after which a connection with a key through which nobody has spoken may be ended where descriptors become few.
    public static let silentConnectionSeconds = 15
    /// Heartbeats between two questions to every connection whether it lives: five minutes by default. Joined terminals are
    /// asked by the broker itself, and much sooner. With 10,000 connections that were made together, one question to all
    /// keeps alerts waiting for half a second.
    public static let heartbeatsBetweenChecks = 60
    /// Heartbeats within which a connection must answer that question, or it is cut.
    public static let silentHeartbeats = 3
    /// The longest heartbeat of terminals, in milliseconds, where a recipient is supervised. Three of them without a sign of
    /// life are a lost link, which its supervisor must know within 20 s (EN 50136-1, SP6).
    public static let supervisedHeartbeatMilliseconds: Int64 = 5_000
    /// Links of which one turn reports that they are lost or restored, some milliseconds' work.
    public static let linksPerTurn = 64
    /// Lost links that INFO lists.
    public static let listedLinks = 100
    /// Depth of objects and arrays inside one another. CAP needs 4; this leaves room for unknown members.
    public static let jsonDepth = 64
    /// Frames of one message that are looked at: identity, delimiter, header, two bodies, and one too many.
    public static let frames = 6
    /// A command line: the longest is RECEIVED with a list of numbers.
    public static let headerBytes = 64 * 1024
    /// A field client's reference for its own command.
    public static let referenceBytes = 64
    /// A recipient's name.
    public static let recipientBytes = 64
    /// The name of a client that has a key.
    public static let principalBytes = 64
    /// A terminal's name.
    public static let terminalBytes = 64
    /// A PING's payload.
    public static let payloadBytes = 128
    /// Senders that are told apart where each is held to a rate: the household alarms of some counties. Each takes some
    /// hundred bytes; further ones share a rate until some have been quiet.
    public static let senders = 100_000
    /// CAP's identifier and sender, in characters.
    public static let nameCharacters = 128
    /// An event's text or code, in characters.
    public static let eventCharacters = 256
    /// Approximate bytes that go to the journal's log at once; a larger record goes alone. Replicated logs take little
    /// more, and a disk takes some milliseconds.
    public static let bytesPerAppend = 1024 * 1024
    /// The fewest records between two snapshots. A start reads that many, and those appended while a snapshot was made,
    /// which takes about a tenth of a second.
    public static let recordsBetweenSnapshots: Int64 = 25_000
    /// Records that justify a snapshot when the daemon ends.
    public static let recordsWorthASnapshot: Int64 = 1_000
    /// Incidents that one turn writes into a snapshot: a millisecond's work.
    public static let incidentsWrittenAtOnce = 2_000
    /// A body that is not a report: a person's word, an operator's arguments.
    public static let bodyBytes = 64 * 1024
    /// Messages of operators that wait for the desk, all together: as many as a script asks at once, and at most 16 MB
    /// of reports.
    public static let operatorMessages = 64
    /// Messages of operators that wait for the desk, from one connection. A quarter, so that one script leaves room for
    /// other operators.
    public static let operatorMessagesPerPeer = 16
    /// Incidents in one list. It is read in some tens of milliseconds, for which other operators' questions wait.
    public static let listedIncidents = 1000
    /// Operations in one answer to AUDIT.
    public static let auditedOperations = 1000
    /// Records that one AUDIT looks at, some tens of milliseconds' work, for which other operators' questions wait.
    public static let auditedRecords: Int64 = 10_000
    /// Reloads in one answer to AUDIT. For each the files of then are read, which may have megabytes.
    public static let auditedReloads = 16
    /// Alerts that one STATS looks at, a few seconds' work, for which other operators' questions wait. A large city has so
    /// many in a year.
    public static let statisticsAlerts = 20_000_000
    /// Groups that one STATS counts apart, some tens of megabytes while it does. A district's recipients are 4,123.
    public static let statisticsGroups = 5_000
    /// Groups in one answer to STATS. The rest is one line.
    public static let statisticsRows = 1_000
    /// Alerts that missed their deadline in one answer to STATS, those by most. Nobody reads more at once.
    public static let statisticsMissed = 20
    /// The newest records that one STATS counts by itself, some tenths of a second's work. The daemon counts all others
    /// while it has nothing else to do.
    public static let statisticsUncounted: Int64 = 20_000
    /// Operators who wait for the next reading of the rules. One more is refused `busy`.
    public static let reloadAskers = 1024
    /// A wallboard's subscription: the longest topic names a recipient and a grid.
    public static let subscriptionBytes = 256
    /// The largest command of CURVE's handshake, INITIATE (RFC 26): 257 bytes, and the peer's properties.
    public static let handshakeBytes = 1024
    /// Incidents that one connection follows: a call centre's day, and a tenth of what all may follow together.
    public static let followsPerConnection = 10_000
    /// Reports that an Update or a Cancel refers to: a year of one a day that names all before it, and twice that. As many
    /// are looked up in one turn before others have theirs.
    public static let references = 1_000
    /// Time within which a closed incident can be opened again. What comes later is another happening.
    public static let reopenWithin: Duration = .seconds(90 * 86_400)
    /// Reopenings of one incident. Each takes a record with every recipient.
    public static let reopenings = 100
    /// Incidents that one Update or Cancel can be news of. More happenings in one report are a mistake.
    public static let incidentsUpdated = 64
    /// A person's name.
    public static let personNameBytes = 128
    /// A person's note.
    public static let noteBytes = 4 * 1024
    /// A terminal's credit. With more, a department whose terminal dies would leave too much to send again.
    public static let credit = 1...10_000
    /// Alerts after which a turn takes no more from terminals. A terminal that has the largest credit and joins again
    /// and again is sent that many, and reporters wait for it.
    public static let alertsPerTurn = 10_000
    /// Ranges in one RECEIVED.
    public static let numberRanges = 10_000
    /// Numbers in one RECEIVED, all ranges together: twice the most that a terminal can have outstanding.
    public static let receivedNumbers = 20_000
    /// RECEIVED alerts that wait for a full disk to become records, of all mailboxes together. A large city has so many
    /// in a night, and they take 16 MB at most. Above it RECEIVED is refused.
    public static let receivedAwaitingRoom = 1_000_000
    /// The default for the bytes of the journal's tail that are kept for people's words while the disk is full. They last
    /// an hour with one commit a second.
    public static let reserveBytes = 16 * 1024 * 1024
    /// The most bytes that can be kept so: a half of the tail.
    public static let mostReserveBytes = 32 * 1024 * 1024
    /// Incidents of one step of removal, and records of which no more are begun: some milliseconds' work, for which moving
    /// new records into the table waits. One incident goes as a whole.
    public static let incidentsRemovedAtOnce = 50
    public static let recordsRemovedAtOnce = 500
    /// Records that one step of removal looks through for what is over.
    public static let recordsScannedAtOnce: Int64 = 5_000
    /// How many times as fast as time passes the time may go by which incidents are removed. So a clock that is years ahead
    /// removes in an hour what was due within a day, and a journal that was away for a month has caught up a day later.
    public static let removalPace: Int64 = 24
    /// Records up to which a journal's snapshot is given up where it keeps something from being removed: a start reads so
    /// many in half a second.
    public static let recordsWithoutSnapshot: Int64 = 100_000
    /// Days that a closed incident is kept at the least, where it is not kept for ever, and at the most otherwise.
    public static let keptDays: ClosedRange<Int64> = 1...36_600
    /// Free bytes of the journal's file system below which the log warns. They are enough for some hundred thousand
    /// reports.
    public static let scarceBytes: Int64 = 256 * 1024 * 1024
    /// How long the free bytes last at the present rate, in seconds, below which the log warns. Somebody has time to come
    /// and make room.
    public static let scarceSeconds: Int64 = 2 * 3600
    /// A subscription's name, in characters: as a rule's, which it stands for.
    public static let subscriptionNameCharacters = 128
    /// A subscription's conditions as JSON, in bytes: ten times what a long rule of a district has.
    public static let conditionBytes = 4 * 1024
    /// Subscriptions of one recipient. Nobody looks through more, and whoever wants that many wants a rule.
    public static let subscriptionsPerRecipient = 100
    /// Subscriptions, all together: two for each of a district's mailboxes.
    public static let subscriptions = 10_000
    /// Bytes of all subscriptions' conditions together. They are in each snapshot, and are written there at once.
    public static let conditionBytesInAll = 4 * 1024 * 1024
    /// SUBSCRIBEs and SUBSCRIPTIONS that one turn takes, a millisecond's work as a rule. Others have their turn then.
    public static let subscriptionsPerTurn = 16
    /// Subscriptions not in force that INFO and the answer to RELOAD list.
    public static let listedSubscriptions = 10
    /// Silences of operators, and those of a rules file. Each is asked of every report, in some hundred nanoseconds, and
    /// nobody keeps more in mind.
    public static let silences = 100
    /// Days that a silence may last. What is always wanted is a change of the rules.
    public static let silenceDays = 31
    /// Incidents at which a silence's preview looks: a busy day, in a second.
    public static let previewedIncidents = 20_000
    /// Incidents that a preview names.
    public static let previewedExamples = 20
    /// Happenings that one report names (CAP's `incidents`), and the bytes of such a name. What is longer, and one more,
    /// correlates nothing.
    public static let happenings = 8
    public static let happeningBytes = 256
    /// Hours in which reports can join an incident, from its own report on: the longest `within` of a rule, and the time
    /// for reports that name their happening. A happening that lasts longer is told of again.
    public static let correlationHours = 24
    /// Incidents that reports can join at one time: a storm in each of a large city's grids. Above it the one whose time
    /// ends first takes no more: the next report of it is told as a new one.
    public static let correlations = 20_000
    /// Reports of one incident, its own included. With one more a new incident begins.
    public static let reportsPerIncident = 100_000
    /// Different events and places of one happening that are told. One more is told for its count alone.
    public static let happeningAspects = 64
    /// Reports that operators take out of one incident. More of them were no happening of one kind.
    public static let splitsPerIncident = 1_000
    /// The newest reports that have joined an incident in the answer to INCIDENT. SQL has all.
    public static let listedReports = 100
    /// Recipients that one rule names. A rule that names more is a mistake.
    public static let recipientsPerRule = 1024
    /// Recipients that all rules together name, including steps and the fallback. One incident can have as many, and
    /// its list is never cut. `role@level` counts once, for a report has one place. A district has some 5,000
    /// mailboxes, and names few of them one by one.
    public static let recipientsPerIncident = 16_384
    /// Aliases (`*name`) of a YAML file. Each may hold another, so they are a way to make a short file very long.
    public static let yamlAliases = 1000
    /// Values that the aliases of a YAML file may stand for together.
    public static let yamlAliasedNodes = 100_000
    /// Conditions of one rule, those inside `any` and `not` included. People do not understand a rule with more.
    public static let conditionsPerRule = 256
    /// Depth of conditions inside one another: those of `when` count 1, those in its `not` and `any` 2.
    public static let conditionDepth = 8
    /// Values that one condition lists. Every grid of a large city is less.
    public static let valuesPerCondition = 100_000
    /// Bytes of one word of `text`: a name, or a line of words.
    public static let searchedWordBytes = 256
    /// Bytes of one expression of `matches`. People do not read a longer one.
    public static let expressionBytes = 1024
    /// Bytes of the program of one expression, and of what a search remembers: a thousand letters, each of a class.
    public static let expressionMemory: Int64 = 512 * 1024
    /// Different expressions of all rules together. A program takes some kilobytes.
    public static let expressions = 16_384
    /// Bytes of all words and expressions that all rules together search for. Finding them takes some fifty times as much
    /// memory.
    public static let searchedBytes = 2 * 1024 * 1024
    /// Rules that search each report, as nothing in them can be looked up. Each takes about a microsecond of each
    /// incident, or more where its texts are long.
    public static let rulesSearchingAlways = 64
    /// Steps of one rule. A chain of command has half a dozen.
    public static let stepsPerRule = 64
    /// Steps of all rules together, plus the recipients whose answers they wait for. An incident that matches every
    /// rule has plans of that size. A district's rules in each of 300 streets are 60,000.
    public static let stepsPerIncident = 65_536
    /// A record's body. The largest is that of an incident with as many recipients and steps as rules may give, and the
    /// longest names.
    public static let recordBytes = 64 * 1024 * 1024
    /// Escalation steps that are taken in one turn, about a millisecond's work. The rest is taken in the next turns.
    public static let stepsPerTurn = 256
    /// Members of a report's `eventCode` or `parameter`. Rules are looked up by each of them.
    public static let namedValues = 256
    /// Conditions of rules at which one proof of a rule set looks, each counted again in each of its nodes. A district's
    /// rules need some tens of thousands; the bound is some ten seconds' work and a few hundred megabytes.
    public static let proofSteps = 16_000_000
    /// Findings of one kind that a proof names. Nobody reads more before mending the first.
    public static let proofFindings = 1_000
    /// Points of a report's polygon. A district's border as surveyors draw it has some hundred.
    public static let polygonPoints = 4096
    /// Points of all borders of a directory. A thousand grids as surveyors draw them have that many.
    public static let borderPoints = 1_000_000
    /// Bytes of one file that people write: rules, departments, grids, clients, holidays, configuration. A grid file of a
    /// large city has some megabytes, and a million points of borders take twenty. Reading takes some thirty times as much
    /// memory.
    public static let textFileBytes = 64 * 1024 * 1024
    /// Dates in a file of holidays: those of a hundred years.
    public static let holidays = 4096
    /// Rosters of a duty file: each mailbox of a large city has one.
    public static let rosters = 20_000
    /// People of a duty file.
    public static let dutyPersons = 100_000
    /// Layers of one roster. Nobody understands more of them above one another.
    public static let dutyLayers = 16
    /// Turns of one rotation.
    public static let dutyTurns = 1_000
    /// People who are on duty together by one entry. All are named in each alert's envelope.
    public static let dutyPersonsTogether = 16
    /// Days of one turn.
    public static let dutyTurnDays = 366
    /// Overrides of one roster: one for each day of some years.
    public static let dutyOverrides = 1_000
    /// Times of leave of one person.
    public static let dutyLeave = 1_000
    /// Calendars that a duty file names.
    public static let dutyCalendars = 1_000
    /// Events of one calendar: three shifts a day of some years, written one by one.
    public static let calendarEvents = 10_000
    /// Dates that are left out of one event of a calendar, or added to it.
    public static let calendarDates = 10_000
    /// The largest COUNT and INTERVAL of a rule of recurrence.
    public static let calendarCount = 10_000
    /// Days of one event of a calendar.
    public static let calendarEventDays = 366
    /// Days for which a duty sheet is looked at ahead, for whoever comes next. What recurs for ever ends there.
    public static let dutyHorizonDays = 400
    /// Rosters in which one turn looks for a gap that comes, half a millisecond's work.
    public static let rostersPerTurn = 8
    /// Days ahead in which a gap in a roster is warned of.
    public static let dutyNoticeDays = 31
    /// Expectations of a rules file. They are run one after the other at each reading.
    public static let expectations = 1_000
    /// Bytes of the reports of all expectations together, as JSON: a kilobyte for each.
    public static let expectationBytes = 1024 * 1024
    /// Rules that come into question for the reports of all expectations together: a thousand for each, which is a second's
    /// work where all of them match.
    public static let expectationCandidates = 1_000_000
    /// Recipients that one expectation names. People do not look through more.
    public static let recipientsPerExpectation = 64
    /// Reports of a drill, and recipients that it expects in all. A table of more is not read by anybody.
    public static let drillReports = 1_000
    public static let drillExpectations = 10_000
    /// How many times as fast as it happened a recorded drill may be played.
    public static let drillSpeed = 1_000
    /// Hours that one rule names.
    public static let hoursPerRule = 64
    /// Messages that wait for a peer that does not read. Twice the largest credit, so that alerts alone never reach it.
    public static let sendQueueMessages: Int32 = 20_000
    /// Messages of one peer that wait to be read, as many as one turn takes. With the frame's limit this bounds what
    /// can pile up while the broker does not read, for example while it recovers.
    public static let receiveQueueMessages: Int32 = 256
    /// Bytes of all peers together that wait to be read, which matters while the broker recovers. They hold some
    /// seconds of the largest flow and fit a small machine.
    public static let unreadBytes = 256 * 1024 * 1024
    /// Messages of the feed that wait for a subscriber that does not read.
    public static let feedQueueMessages: Int32 = 1_000
    /// Sockets of the daemon: its own, and those of a feed with keys. Closed ones count until libzmq has cleared away.
    public static let sockets = 4 * (feedSubscribers + feedHandshakes)
}
