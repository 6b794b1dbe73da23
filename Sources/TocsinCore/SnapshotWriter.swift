import TocsinJournal
import TocsinModel

/// A snapshot in the making. It is written some incidents at a time, while the broker goes on.
///
/// The snapshot shows the state at its beginning. An incident that changes before its turn has come is written first,
/// as it still is. So nobody waits until all incidents are written, and no second state is kept.
struct SnapshotWriter {
    private static let keptBytes = 64 * 1024

    /// The last record whose outcome is in the snapshot.
    private let position: Position
    /// The serial number of this snapshot.
    private let serial: UInt32
    /// The bytes before the lists.
    private let header: [UInt8]
    private var shared = SharedLists()
    /// Incidents that were written in their turn.
    private var pieces: [[UInt8]] = []
    /// Incidents that were written before they changed.
    private var kept = Piece()
    private var count = 0
    /// Every incident up to this number has been written, or is not in the snapshot.
    private var reached: Int64 = 0

    /// A run of incidents, each written as a difference to the one before it.
    private struct Piece {
        var bytes: [UInt8] = []
        private var number: Int64 = 0
        private var at: Int64 = 0

        /// Writes an incident at the end of `buffer`, which will be added to this piece.
        mutating func write(
            _ incident: borrowing OpenIncident, _ shared: inout SharedLists, to buffer: inout ByteBuffer
        ) {
            incident.write(to: &buffer, &shared, after: number, at)
            (number, at) = (incident.number.value, incident.storedAt.milliseconds)
        }
    }

    init(position: Position, serial: UInt32, header: [UInt8]) {
        self.position = position
        self.serial = serial
        self.header = header
    }

    /// Writes an incident that is about to change, if it is still to be written.
    mutating func writeBeforeChange(of incident: inout OpenIncident) {
        guard incident.number.value > reached, incident.openedBy <= position, incident.snapshot != serial
        else { return }
        incident.snapshot = serial
        count += 1
        var buffer = ByteBuffer(capacity: 256)
        kept.write(incident, &shared, to: &buffer)
        buffer.withUnsafeBytes { kept.bytes.append(contentsOf: $0) }
        guard kept.bytes.count >= Self.keptBytes else { return }
        pieces.append(kept.bytes)
        kept = Piece()
    }

    /// Writes up to `limit` incidents. Returns true when all have been written.
    mutating func proceed(_ limit: Int, in incidents: borrowing IncidentTable) -> Bool {
        var buffer = ByteBuffer(capacity: min(limit, incidents.count) * 64)
        var (piece, left) = (Piece(), limit)
        incidents.forEach(after: reached) { incident in
            guard left > 0, incident.number.position <= position else { return false }
            left -= 1
            reached = incident.number.value
            // One that was opened again since the beginning had ended then.
            guard incident.snapshot != serial, incident.openedBy <= position else { return true }
            count += 1
            piece.write(incident, &shared, to: &buffer)
            return true
        }
        if !buffer.isEmpty { pieces.append(buffer.bytes) }
        return left > 0
    }

    /// Returns the whole snapshot, as ``Broker/restore(_:now:)`` reads it.
    func finished() -> JournalSnapshot {
        var first = ByteBuffer(capacity: 4096 + header.count)
        first.append(header)
        shared.write(to: &first)
        first.appendNumber(UInt64(count))
        return JournalSnapshot(
            position: position, pieces: [first.bytes] + pieces + (kept.bytes.isEmpty ? [] : [kept.bytes]))
    }
}

/// The values that many incidents share, each listed once. Most are the same objects, which are found by their
/// addresses, without comparing their contents.
private struct SharedLists {
    private var addressees: [(Addressee, MailboxID)] = []
    private var addresseeIndices: [Addressee: Int] = [:]
    private var recentAddressees = AddressCache<Addressee, Int>(size: 1024)
    private var plans: [[Plan]] = []
    private var planIndices: [[Plan]: Int] = [:]
    private var recentPlans = AddressCache<[Plan], Int>(size: 1024)

    /// Returns the index of an alert's addressee. A new addressee is added.
    mutating func index(of alert: OpenAlert) -> Int {
        if let index = recentAddressees[alert.addressee.address] { return index }
        let index = addresseeIndices[alert.addressee] ?? addressees.count
        if index == addressees.count {
            addressees.append((alert.addressee, alert.mailbox))
            addresseeIndices[alert.addressee] = index
        }
        recentAddressees.add(index, of: alert.addressee, at: alert.addressee.address)
        return index
    }

    /// Returns the index of a list of plans, from 1 on, or 0 for an empty list. A new list is added.
    mutating func index(of list: [Plan]) -> Int {
        // Arrays whose elements have the same address are the same array.
        guard let address = list.withUnsafeBufferPointer({ UnsafeRawPointer($0.baseAddress) }), !list.isEmpty else {
            return 0
        }
        if let index = recentPlans[address] { return index + 1 }
        let index = planIndices[list] ?? plans.count
        if index == plans.count {
            plans.append(list)
            planIndices[list] = index
        }
        recentPlans.add(index, of: list, at: address)
        return index + 1
    }

    func write(to buffer: inout ByteBuffer) {
        buffer.appendNumber(UInt64(addressees.count))
        for (addressee, mailbox) in addressees {
            buffer.appendNumber(UInt64(mailbox.index))
            buffer.append(addressee.purpose == .action ? 1 : 0)
            buffer.appendText(addressee.rule)
            buffer.appendSigned(addressee.acknowledgeWithinMilliseconds ?? .min)
            buffer.append(addressee.note == nil ? 0 : 1)
            if let note = addressee.note { buffer.appendText(note) }
            buffer.appendNumber(UInt64(addressee.otherRules.count))
            for rule in addressee.otherRules { buffer.appendText(rule) }
            buffer.append(addressee.joined)
        }
        buffer.appendNumber(UInt64(plans.count))
        for list in plans {
            buffer.appendNumber(UInt64(list.count))
            for plan in list { plan.write(to: &buffer) }
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
            buffer.appendSigned(step.repeatMilliseconds ?? -1)
            buffer.append(step.raise.map { $0.ordinal + 1 } ?? 0)
        }
        buffer.append(requirement.ordinal)
        buffer.appendSigned(unattendedAfterMilliseconds ?? -1)
        buffer.appendSigned(reopenAfterMilliseconds ?? -1)
        buffer.appendSigned(feedbackWithinMilliseconds ?? -1)
    }
}

extension OpenIncident {
    fileprivate func write(
        to buffer: inout ByteBuffer, _ shared: inout SharedLists, after number: Int64, _ at: Int64
    ) {
        buffer.appendSigned(self.number.value - number)
        buffer.appendSigned(openedBy.value - self.number.value)
        buffer.appendSigned(storedAt.milliseconds - at)
        buffer.append(severity.ordinal)
        buffer.append(status.ordinal)
        buffer.append(category.ordinal)
        buffer.appendNumber(grid?.packed ?? 0)
        buffer.appendNumber(UInt64(reportBytes))
        buffer.appendNumber(UInt64(shared.index(of: plans)))
        for plan in progress {
            buffer.appendNumber(UInt64(plan.nextStep))
            buffer.appendNumber(UInt64(plan.begun))
            buffer.appendNumber(UInt64(plan.acted))
            buffer.appendNumber(UInt64(plan.asked))
        }
        buffer.appendNumber(UInt64(alerts.count))
        // The alerts are read in place. Copying each one out would retain and release its addressee.
        alerts.withUnsafeBufferPointer { alerts in
            for index in alerts.indices {
                buffer.appendNumber(UInt64(shared.index(of: alerts[index])))
                buffer.appendSigned(alerts[index].number.value)
                buffer.append(alerts[index].escalation)
                // The journal does not hold the sent state either. After a start every undelivered alert is queued.
                let state = alerts[index].state == .sent ? AlertState.queued : alerts[index].state
                buffer.append(state.ordinal << 1 | (alerts[index].isReceived ? 1 : 0))
                buffer.append(alerts[index].severity.ordinal)
                buffer.append(alerts[index].rings)
                buffer.appendNumber(UInt64(alerts[index].changed))
            }
        }
    }
}

extension ReportWord {
    /// The index of the word in its list.
    fileprivate var ordinal: UInt8 { UInt8(clamping: Self.table.words.firstIndex(of: self) ?? 0) }
}
