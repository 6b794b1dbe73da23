import TocsinJournal
import TocsinModel

/// The durable state as bytes that the journal can keep, so that a start need not read its whole history.
///
/// A snapshot says what the fold of the records up to its position says, and nothing else: restoring it and folding the
/// rest gives the same state as folding everything. It is made of numbers and texts (`SnapshotBytes.swift`); what many
/// incidents share stands once, in a list, and is named by its place there:
///
///     version, position, rules' position, the rule file's bytes or -1, its checksum
///     mailboxes    count, then each: recipient, next number
///     addressees   count, then each: mailbox, purpose, rule, milliseconds to acknowledge or -1, 0 or 1 and a note
///     plans        count of lists, then each: count, then each plan: rule, milliseconds, watched …, steps …
///     incidents    count, then each: number and time since the one before, severity, status, category,
///                  grid or 0, report's bytes, list of plans, next step of each, alerts:
///                  count, then each: addressee, number, escalation, state and received
extension Broker {
    private static let snapshotVersion: UInt64 = 3

    /// The state after the last record, as bytes for ``restore(_:now:)``.
    public func snapshot() -> [UInt8] {
        let slots = incidents.inUse
        var shared = SharedLists()
        for slot in slots { shared.note(incidents[slot]) }
        var buffer = ByteBuffer(capacity: 4096 + slots.count * 64)
        buffer.appendNumber(Self.snapshotVersion)
        buffer.appendSigned(lastPosition.value)
        buffer.appendSigned(rulesPosition.value)
        buffer.appendSigned(rulesDigest?.byteCount ?? -1)
        buffer.appendNumber(UInt64(rulesDigest?.checksum ?? 0))
        buffer.appendNumber(UInt64(mailboxes.count))
        for mailbox in mailboxes {
            buffer.appendText(mailbox.recipient.name)
            buffer.appendSigned(mailbox.next.value)
        }
        shared.write(to: &buffer)
        buffer.appendNumber(UInt64(slots.count))
        var (number, at): (Int64, Int64) = (0, 0)
        for slot in slots {
            incidents[slot].write(to: &buffer, shared, after: number, at)
            (number, at) = (incidents[slot].number.value, incidents[slot].storedAt.milliseconds)
        }
        return buffer.bytes
    }

    /// How many incidents are open: what a snapshot costs.
    public var openIncidentCount: Int { incidents.count }

    /// Puts a new broker into a snapshot's state. The records after its position must be folded next.
    ///
    /// - Throws: an error when this is not a snapshot that this version has written; the broker is then of no use.
    public mutating func restore(_ snapshot: [UInt8], now: Moment) throws {
        try snapshot.withUnsafeBytes { bytes in
            var reader = SnapshotReader(bytes)
            guard try reader.number() == Self.snapshotVersion else { throw SnapshotDamage() }
            lastPosition = Position(try reader.signed())
            rulesPosition = Position(try reader.signed())
            let (rulesBytes, checksum) = (try reader.signed(), UInt32(truncatingIfNeeded: try reader.number()))
            rulesDigest = rulesBytes < 0 ? nil : RulesDigest(byteCount: rulesBytes, checksum: checksum)
            for _ in 0..<(try reader.count()) {
                guard let recipient = Recipient(try reader.text()) else { throw SnapshotDamage() }
                let id = mailboxID(recipient)
                mailboxes[id.index].restoreNext(AlertNumber(try reader.signed()))
            }
            let shared = try RestoredLists(&reader, mailboxes: mailboxes)
            var (number, at): (Int64, Int64) = (0, 0)
            let count = try reader.count()
            // And for those of the records that follow.
            incidents.reserve(count + count / 4)
            for _ in 0..<count {
                let incident = try OpenIncident(&reader, shared, after: number, at, now: now)
                (number, at) = (incident.number.value, incident.storedAt.milliseconds)
                putBack(incident)
            }
            guard reader.isAtEnd else { throw SnapshotDamage() }
        }
    }

    private mutating func putBack(_ incident: consuming OpenIncident) {
        let slot = incidents.next
        for index in incident.alerts.indices where !incident.alerts[index].isSettled {
            mailboxes[incident.alerts[index].mailbox.index].restore(
                incident.alerts[index].number, at: AlertPlace(slot: slot, index: index), severity: incident.severity,
                isDelivered: incident.alerts[index].state.isDelivered)
        }
        let plans = incident.plans.indices
        incidents.add(incident)
        for plan in plans { arm(plan, of: slot) }
    }
}

/// What many incidents share, each once. Most are the same objects, which is found without comparing what they say.
private struct SharedLists {
    private var addressees: [(Addressee, MailboxID)] = []
    private var addresseeIndices: [ObjectIdentifier: Int] = [:]
    private var equalAddressees: [Addressee: Int] = [:]
    private var plans: [[Plan]] = []
    private var planIndices: [UnsafeRawPointer: Int] = [:]
    private var equalPlans: [[Plan]: Int] = [:]

    mutating func note(_ incident: OpenIncident) {
        for alert in incident.alerts where addresseeIndices[ObjectIdentifier(alert.addressee)] == nil {
            let index = equalAddressees[alert.addressee] ?? addressees.count
            if index == addressees.count { addressees.append((alert.addressee, alert.mailbox)) }
            addresseeIndices[ObjectIdentifier(alert.addressee)] = index
            equalAddressees[alert.addressee] = index
        }
        guard let identity = Self.identity(incident.plans), planIndices[identity] == nil else { return }
        let index = equalPlans[incident.plans] ?? plans.count
        if index == plans.count { plans.append(incident.plans) }
        planIndices[identity] = index
        equalPlans[incident.plans] = index
    }

    func index(of addressee: Addressee) -> Int { addresseeIndices[ObjectIdentifier(addressee)] ?? 0 }

    /// 0 for an empty list.
    func index(of plans: [Plan]) -> Int { Self.identity(plans).flatMap { planIndices[$0] }.map { $0 + 1 } ?? 0 }

    func write(to buffer: inout ByteBuffer) {
        buffer.appendNumber(UInt64(addressees.count))
        for (addressee, mailbox) in addressees {
            buffer.appendNumber(UInt64(mailbox.index))
            buffer.append(addressee.purpose == .action ? 1 : 0)
            buffer.appendText(addressee.rule)
            buffer.appendSigned(addressee.acknowledgeWithinMilliseconds ?? -1)
            buffer.append(addressee.note == nil ? 0 : 1)
            if let note = addressee.note { buffer.appendText(note) }
        }
        buffer.appendNumber(UInt64(plans.count))
        for list in plans {
            buffer.appendNumber(UInt64(list.count))
            for plan in list { plan.write(to: &buffer) }
        }
    }

    /// Where an array's elements are: the same for arrays that share them. They are held by the incidents meanwhile.
    private static func identity(_ plans: [Plan]) -> UnsafeRawPointer? {
        plans.isEmpty ? nil : plans.withUnsafeBufferPointer { UnsafeRawPointer($0.baseAddress) }
    }
}

/// The same, read back.
private struct RestoredLists {
    let addressees: [(Addressee, MailboxID)]
    let plans: [[Plan]]

    init(_ reader: inout SnapshotReader, mailboxes: [Mailbox]) throws {
        addressees = try (0..<(try reader.count())).map { _ in
            let mailbox = try reader.index(below: mailboxes.count)
            let purpose: Purpose = try reader.byte() == 1 ? .action : .information
            let rule = try reader.text()
            let milliseconds = try reader.signed()
            let note = try reader.byte() == 0 ? nil : try reader.text()
            let addressee = Addressee(
                recipient: mailboxes[mailbox].recipient, purpose: purpose, rule: rule,
                acknowledgeWithinMilliseconds: milliseconds < 0 ? nil : milliseconds, note: note)
            return (addressee, MailboxID(index: mailbox))
        }
        plans = try (0..<(try reader.count())).map { _ in
            try (0..<(try reader.count())).map { _ in try Plan(&reader) }
        }
    }
}

extension Plan {
    fileprivate func write(to buffer: inout ByteBuffer) {
        buffer.appendText(rule)
        buffer.appendSigned(acknowledgeWithinMilliseconds)
        buffer.appendNumber(UInt64(watched.count))
        for index in watched { buffer.appendNumber(UInt64(index)) }
        buffer.appendNumber(UInt64(steps.count))
        for step in steps {
            buffer.appendSigned(step.afterMilliseconds)
            buffer.appendText(step.to.name)
        }
    }

    fileprivate init(_ reader: inout SnapshotReader) throws {
        let rule = try reader.text()
        let milliseconds = try reader.signed()
        let watched = try (0..<(try reader.count())).map { _ in try reader.index(below: Int(UInt16.max)) }
        let steps = try (0..<(try reader.count())).map { _ in
            let after = try reader.signed()
            guard let to = Recipient(try reader.text()) else { throw SnapshotDamage() }
            return Step(afterMilliseconds: after, to: to)
        }
        self.init(rule: rule, acknowledgeWithinMilliseconds: milliseconds, watched: watched, steps: steps)
    }
}

extension OpenIncident {
    fileprivate func write(to buffer: inout ByteBuffer, _ shared: SharedLists, after number: Int64, _ at: Int64) {
        buffer.appendSigned(self.number.value - number)
        buffer.appendSigned(storedAt.milliseconds - at)
        buffer.append(severity.place)
        buffer.append(status.place)
        buffer.append(category.place)
        buffer.appendNumber(grid?.packed ?? 0)
        buffer.appendNumber(UInt64(reportBytes))
        buffer.appendNumber(UInt64(shared.index(of: plans)))
        for plan in progress { buffer.appendNumber(UInt64(plan.nextStep)) }
        buffer.appendNumber(UInt64(alerts.count))
        for alert in alerts {
            buffer.appendNumber(UInt64(shared.index(of: alert.addressee)))
            buffer.appendSigned(alert.number.value)
            buffer.append(alert.escalation)
            // That it has been sent is not in the journal either: after a start everything undelivered is queued.
            let state = alert.state == .sent ? AlertState.queued : alert.state
            buffer.append(state.place << 1 | (alert.isReceived ? 1 : 0))
        }
    }

    fileprivate init(
        _ reader: inout SnapshotReader, _ shared: RestoredLists, after number: Int64, _ at: Int64, now: Moment
    ) throws {
        self.number = IncidentNumber(number + (try reader.signed()))
        storedAt = Timestamp(milliseconds: at + (try reader.signed()))
        storedUptime = now.uptime(of: storedAt)
        severity = try reader.word()
        status = try reader.word()
        category = try reader.word()
        grid = GridCode(packed: try reader.number())
        reportBytes = Int32(clamping: try reader.number())
        let list = try reader.index(below: shared.plans.count + 1)
        plans = list == 0 ? [] : shared.plans[list - 1]
        progress = try plans.map { _ in PlanProgress(nextStep: Int(clamping: try reader.number())) }
        let count = try reader.count()
        alerts = []
        alerts.reserveCapacity(count)
        owed = 0
        for _ in 0..<count {
            let alert = try OpenAlert(&reader, shared)
            if !alert.isSettled { owed += 1 }
            alerts.append(alert)
        }
    }
}

extension OpenAlert {
    fileprivate init(_ reader: inout SnapshotReader, _ shared: RestoredLists) throws {
        (addressee, mailbox) = shared.addressees[try reader.index(below: shared.addressees.count)]
        number = AlertNumber(try reader.signed())
        escalation = try reader.byte()
        let word = try reader.byte()
        guard let state = AlertState(place: word >> 1) else { throw SnapshotDamage() }
        self.state = state
        isReceived = word & 1 == 1
    }
}

extension ReportWord {
    /// Where it stands in its list.
    fileprivate var place: UInt8 { UInt8(clamping: Self.table.words.firstIndex(of: self) ?? 0) }

    fileprivate init?(place: UInt8) {
        guard Self.table.words.indices.contains(Int(place)) else { return nil }
        self = Self.table.words[Int(place)]
    }
}
