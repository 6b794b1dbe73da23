public import TocsinJournal
public import TocsinModel
import TocsinRouting

/// The durable state as bytes that the journal can keep, so that a start need not read its whole history.
///
/// A snapshot says what the fold of the records up to its position says, and nothing else. Restoring it and folding the
/// rest gives the same state as folding everything. It is made of numbers and texts (`SnapshotBytes.swift`). Values
/// that many incidents share stand once, in a list, and are named by their index there:
///
///     version, position, rules' position, the bytes of their files or -1, the files' checksum
///     mailboxes    count, then each: recipient, next number
///     subscriptions  count, then each: recipient, name, conditions, 1 for action, 0 or 1 and by, time,
///                  0 or 1 and principal; missing from version 4
///     news         count, then each: incident, severity, the recipients told, the open incidents that are news of it and
///                  their senders (``NewsTable``)
///     correlations  count, then each incident that reports can join, or have joined (``CorrelationTable``)
///     silences     count, then each: number, conditions, time, by, 0 or 1 and the reason, 0 or 1 and principal, 1 even for
///                  Extreme; then count, then each incident that is kept still: number, time, 0 and a silence's number
///                  or 1 and the name of one of the rules; missing from versions 4 and 5
///     addressees   count, then each: mailbox, purpose, rule, milliseconds to acknowledge or -1, 0 or 1 and a note,
///                  further rules, 0 or the incident that the report has joined and the count
///     plans        count of lists, then each: count, then each plan: rule, milliseconds, watched …, steps …, the
///                  requirement, the times until it goes on where nobody is, until an acknowledgement lapses, and until an
///                  answer is due, or -1
///     incidents    count
///
/// That is the first piece. The other pieces hold incidents, in any order:
///
///     each         difference of number to the one before it in the piece, and of the record that opened it to the
///                  number, difference of time to the one before it, severity, status, category,
///                  grid or 0, report's bytes, list of plans, of each the next step and the seconds of its beginning,
///                  its last act and its last question, alerts: count, then each: addressee, number, escalation, state and received,
///                  severity, rings, second of its last change
///
/// Versions 4 and 5 have no news, no records that open, no further rules, no seconds and nothing after a plan's or an alert's first values.
extension Broker {
    private static let snapshotVersion: UInt64 = 6
    /// The versions that can be read. The fourth has no subscriptions.
    private static let readableVersions: ClosedRange<UInt64> = 4...snapshotVersion

    /// Begins a snapshot of the state after the last record. It replaces a snapshot in the making.
    public mutating func beginSnapshot() {
        snapshotsBegun += 1
        snapshotWriter = newSnapshotWriter(serial: snapshotsBegun)
    }

    private func newSnapshotWriter(serial: UInt32) -> SnapshotWriter {
        var header = ByteBuffer(capacity: 4096)
        header.appendNumber(Self.snapshotVersion)
        header.appendSigned(lastPosition.value)
        header.appendSigned(rulesPosition.value)
        header.appendSigned(rulesDigest?.byteCount ?? -1)
        header.appendNumber(UInt64(rulesDigest?.checksum ?? 0))
        header.appendNumber(UInt64(mailboxes.count))
        for mailbox in mailboxes {
            header.appendText(mailbox.recipient.name)
            header.appendSigned(mailbox.next.value)
        }
        header.append(subscriptions.subscriptions)
        news.write(to: &header)
        correlations.write(to: &header)
        header.append(silences.lines)
        header.append(hushed)
        return SnapshotWriter(position: lastPosition, serial: serial, header: header.bytes)
    }

    /// True while a snapshot is being made. ``proceedWithSnapshot(_:)`` goes on with it.
    public var isMakingSnapshot: Bool { snapshotWriter != nil }

    /// Writes up to `limit` more incidents, each in some hundred nanoseconds.
    ///
    /// - Returns: The snapshot, once it has all incidents. The journal keeps it when the records up to its position are
    ///   on disk.
    public mutating func proceedWithSnapshot(_ limit: Int) -> JournalSnapshot? {
        guard let isComplete = snapshotWriter?.proceed(limit, in: incidents), isComplete,
            let writer = snapshotWriter.take()
        else { return nil }
        return writer.finished()
    }

    /// Returns a snapshot of the state after the last record, made at once.
    public func snapshot() -> JournalSnapshot {
        var writer = newSnapshotWriter(serial: snapshotsBegun + 1)
        _ = writer.proceed(.max, in: incidents)
        return writer.finished()
    }

    /// Puts a new broker into a snapshot's state. The records after its position must be folded next.
    ///
    /// - Throws: An error if this is not a snapshot that this version has written. The broker is then of no use.
    public mutating func restore(_ snapshot: JournalSnapshot, now: Moment) throws {
        guard let first = snapshot.pieces.first else { throw SnapshotDamage() }
        let shared = try first.withUnsafeBytes { try restoreFirstPiece($0, now: now) }
        guard lastPosition == snapshot.position else { throw SnapshotDamage() }
        // An incident takes at least one byte. There must be room for the incidents of later records, too.
        guard shared.incidentCount <= snapshot.pieces.reduce(0, { $0 + $1.count }) else { throw SnapshotDamage() }
        incidents.reserve(shared.incidentCount + shared.incidentCount / 4)
        for piece in snapshot.pieces.dropFirst() {
            try piece.withUnsafeBytes { bytes in
                var reader = SnapshotReader(bytes)
                reader.version = shared.version
                var (number, at): (Int64, Int64) = (0, 0)
                while !reader.isAtEnd {
                    let incident = try OpenIncident(&reader, shared, after: number, at, now: now)
                    (number, at) = (incident.number.value, incident.storedAt.milliseconds)
                    guard incident.openedBy <= lastPosition, incident.number.position <= incident.openedBy else {
                        throw SnapshotDamage()
                    }
                    try putBack(incident)
                }
            }
        }
        guard incidents.count == shared.incidentCount else { throw SnapshotDamage() }
    }

    /// Returns the position of the rules record in force at a snapshot, or nil if this version cannot read the snapshot.
    /// It is ``TocsinModel/Position/zero`` if no rules had been recorded.
    public static func rulesPosition(of snapshot: JournalSnapshot) -> Position? {
        snapshot.pieces.first?.withUnsafeBytes { bytes in
            var reader = SnapshotReader(bytes)
            return try? readPositions(&reader).rules
        }
    }

    /// Reads the beginning of a snapshot.
    private static func readPositions(
        _ reader: inout SnapshotReader
    ) throws(SnapshotDamage) -> (last: Position, rules: Position) {
        reader.version = try reader.number()
        guard readableVersions.contains(reader.version) else { throw SnapshotDamage() }
        return (Position(try reader.signed()), Position(try reader.signed()))
    }

    /// Restores the first piece, which has everything except the incidents.
    private mutating func restoreFirstPiece(_ bytes: UnsafeRawBufferPointer, now: Moment) throws -> RestoredLists {
        var reader = SnapshotReader(bytes)
        (lastPosition, rulesPosition) = try Self.readPositions(&reader)
        let (rulesBytes, checksum) = (try reader.signed(), UInt32(truncatingIfNeeded: try reader.number()))
        rulesDigest = rulesBytes < 0 ? nil : RulesDigest(byteCount: rulesBytes, checksum: checksum)
        for _ in 0..<(try reader.count()) {
            guard let recipient = Recipient(try reader.text()) else { throw SnapshotDamage() }
            let id = mailboxID(recipient)
            let next = try reader.signed(from: 1)
            guard next / Mailbox.numbersOfRecord <= lastPosition.value else { throw SnapshotDamage() }
            mailboxes[id.index].restoreNext(AlertNumber(next))
        }
        if reader.version >= 5 {
            for _ in 0..<(try reader.count()) { subscriptions.add(try reader.subscription()) }
        }
        if reader.version >= 6 {
            news = try NewsTable(&reader)
            correlations = try CorrelationTable(&reader)
            for _ in 0..<(try reader.count()) {
                let (number, silence) = try reader.silence()
                silences.add(silence, at: number)
                silenceEnds.add(number, from: now.wall, until: silence.until, now: now)
            }
            for _ in 0..<(try reader.count()) {
                let (incident, silencing) = try reader.hushed()
                hushed.add(incident, silencing, from: now.wall, now: now)
                if case .silence(let number) = silencing.source, silences[number] == nil { hushed.letRing(incident) }
            }
        }
        let lists = try RestoredLists(&reader, mailboxes: mailboxes)
        guard reader.isAtEnd else { throw SnapshotDamage() }
        return lists
    }

    private mutating func putBack(_ incident: consuming OpenIncident) throws(SnapshotDamage) {
        let slot = incidents.next
        for index in incident.alerts.indices {
            let alert = incident.alerts[index]
            guard alert.number < mailboxes[alert.mailbox.index].next else { throw SnapshotDamage() }
            mailboxes[alert.mailbox.index].restore(
                alert, at: AlertLocation(slot: slot, index: index), rank: incident.rank(of: index))
        }
        let plans = incident.plans.indices
        incidents.add(incident)
        for plan in plans {
            if incidents[slot].plans[plan].unattendedAfterMilliseconds != nil { watchesAttendance = true }
            arm(plan, of: slot)
        }
        armLapses(of: slot)
        armFeedback(of: slot)
        countUnanswered(of: slot)
    }
}

/// The values that incidents share, read back.
private struct RestoredLists {
    let version: UInt64
    let addressees: [(Addressee, MailboxID)]
    let plans: [[Plan]]
    /// The number of incidents in the snapshot.
    let incidentCount: Int
    // The words of closed lists.
    let severities = Severity.table.words
    let statuses = ReportStatus.table.words
    let categories = TocsinModel.Category.table.words
    let states = AlertState.table.words

    /// The two numbers that stand for no deadline; earlier versions wrote -1. A deadline is negative where the clock was
    /// set back between report and step.
    private static let withoutDeadline: [Int64] = [.min, -1]

    init(_ reader: inout SnapshotReader, mailboxes: [Mailbox]) throws {
        version = reader.version
        addressees = try (0..<(try reader.count())).map { _ in
            let mailbox = try reader.index(below: mailboxes.count)
            let purpose: Purpose = try reader.byte() == 1 ? .action : .information
            let rule = try reader.text()
            let milliseconds = try reader.signed()
            let note = try reader.byte() == 0 ? nil : try reader.text()
            let others = reader.version < 6 ? [] : try (0..<(try reader.count())).map { _ in try reader.text() }
            let joined = reader.version < 6 ? nil : try reader.joined()
            let addressee = Addressee(
                recipient: mailboxes[mailbox].recipient, purpose: purpose, rule: rule, otherRules: others,
                acknowledgeWithinMilliseconds: Self.withoutDeadline.contains(milliseconds) ? nil : milliseconds,
                note: note, joined: joined)
            return (addressee, MailboxID(index: mailbox))
        }
        plans = try (0..<(try reader.count())).map { _ in
            try (0..<(try reader.count())).map { _ in try Plan(&reader) }
        }
        incidentCount = Int(clamping: try reader.number())
    }
}

extension Plan {
    fileprivate init(_ reader: inout SnapshotReader) throws {
        let rule = try reader.text()
        let milliseconds = try reader.signed()
        let watched = try (0..<(try reader.count())).map { _ in try reader.index(below: Int(Int32.max)) }
        let steps = try (0..<(try reader.count())).map { _ in
            let after = try reader.signed()
            guard let to = Recipient(try reader.text()) else { throw SnapshotDamage() }
            guard reader.version >= 6 else { return Step(afterMilliseconds: after, to: to) }
            let time = try reader.time()
            let raise = try reader.byte()
            guard raise == 0 || raise <= Severity.table.words.count else { throw SnapshotDamage() }
            return Step(
                afterMilliseconds: after, to: to, repeatMilliseconds: time,
                raise: raise == 0 ? nil : Severity.table.words[Int(raise) - 1])
        }
        self.init(rule: rule, acknowledgeWithinMilliseconds: milliseconds, watched: watched, steps: steps)
        guard reader.version >= 6 else { return }
        requirement = try reader.element(of: Requirement.table.words)
        unattendedAfterMilliseconds = try reader.time()
        reopenAfterMilliseconds = try reader.time()
        feedbackWithinMilliseconds = try reader.time()
    }
}

extension OpenIncident {
    fileprivate init(
        _ reader: inout SnapshotReader, _ shared: RestoredLists, after number: Int64, _ at: Int64, now: Moment
    ) throws {
        self.number = IncidentNumber(try reader.signed(from: 1, added: number))
        let own = self.number.value
        openedBy = Position(reader.version >= 6 ? try reader.signed(added: own) : own)
        storedAt = Timestamp(milliseconds: try reader.signed(added: at))
        storedUptime = now.uptime(of: storedAt)
        severity = try reader.element(of: shared.severities)
        status = try reader.element(of: shared.statuses)
        category = try reader.element(of: shared.categories)
        grid = GridCode(packed: try reader.number())
        reportBytes = Int32(clamping: try reader.number())
        let list = try reader.index(below: shared.plans.count + 1)
        plans = list == 0 ? [] : shared.plans[list - 1]
        let present = Self.second(of: now.uptime, from: storedUptime)
        progress = try plans.map { _ in
            var progress = PlanProgress(nextStep: Int(clamping: try reader.number()))
            guard reader.version >= 6 else { return progress }
            // Where the clock was set back since, nothing is later than now.
            progress.begun = min(UInt32(clamping: try reader.number()), present)
            progress.acted = min(UInt32(clamping: try reader.number()), present)
            progress.asked = min(UInt32(clamping: try reader.number()), present)
            return progress
        }
        let count = try reader.count()
        alerts = []
        alerts.reserveCapacity(count)
        owed = 0
        for _ in 0..<count {
            let alert = try OpenAlert(&reader, shared, severity, present)
            if !alert.isSettled { owed += 1 }
            alerts.append(alert)
        }
    }
}

extension OpenAlert {
    fileprivate init(
        _ reader: inout SnapshotReader, _ shared: RestoredLists, _ severity: Severity, _ present: UInt32
    ) throws {
        (addressee, mailbox) = shared.addressees[try reader.index(below: shared.addressees.count)]
        number = AlertNumber(try reader.signed(from: 1))
        escalation = try reader.byte()
        let word = Int(try reader.byte())
        guard word >> 1 < shared.states.count else { throw SnapshotDamage() }
        state = shared.states[word >> 1]
        isReceived = word & 1 == 1
        self.severity = severity
        if reader.version >= 6 {
            self.severity = try reader.element(of: shared.severities)
            rings = try reader.byte()
            changed = min(UInt32(clamping: try reader.number()), present)
        }
        // The alert may have been sent before.
        attempts = 1
    }
}
