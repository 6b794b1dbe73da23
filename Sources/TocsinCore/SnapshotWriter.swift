import TocsinJournal
import TocsinModel

/// A snapshot that is being made, some incidents at a time, while the broker goes on.
///
/// It says what the state was when it was begun: an incident that changes before its turn has come is written first, as
/// it still is. So nobody waits until all are written, and no second state is kept.
struct SnapshotWriter {
    private static let keptBytes = 64 * 1024

    /// The last record whose outcome is in it.
    private let position: Position
    /// Which snapshot this is.
    private let serial: UInt32
    /// What comes before the lists.
    private let header: [UInt8]
    private var shared = SharedLists()
    /// Incidents that were written in their turn.
    private var pieces: [[UInt8]] = []
    /// Those that were written before they changed.
    private var kept = Piece()
    private var count = 0
    /// Every incident up to this number has been written, or is not in it.
    private var reached: Int64 = 0

    /// Incidents, each written as a difference to the one before it in the same piece.
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
        guard incident.number.value > reached, incident.number.position <= position, incident.snapshot != serial
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

    /// Writes up to so many incidents; true when all have been written.
    mutating func proceed(_ limit: Int, in incidents: borrowing IncidentTable) -> Bool {
        var buffer = ByteBuffer(capacity: min(limit, incidents.count) * 64)
        var (piece, left) = (Piece(), limit)
        incidents.forEach(after: reached) { incident in
            guard left > 0, incident.number.position <= position else { return false }
            left -= 1
            reached = incident.number.value
            guard incident.snapshot != serial else { return true }
            count += 1
            piece.write(incident, &shared, to: &buffer)
            return true
        }
        if !buffer.isEmpty { pieces.append(buffer.bytes) }
        return left > 0
    }

    /// The whole, as ``Broker/restore(_:now:)`` reads it.
    func finished() -> JournalSnapshot {
        var first = ByteBuffer(capacity: 4096 + header.count)
        first.append(header)
        shared.write(to: &first)
        first.appendNumber(UInt64(count))
        return JournalSnapshot(
            position: position, pieces: [first.bytes] + pieces + (kept.bytes.isEmpty ? [] : [kept.bytes]))
    }
}

/// What many incidents share, each once. Most are the same objects, which is found without comparing what they say.
private struct SharedLists {
    private var addressees: [(Addressee, MailboxID)] = []
    private var addresseeIndices: [Addressee: Int] = [:]
    private var recentAddressees = AddressCache<Addressee, Int>(size: 1024)
    private var plans: [[Plan]] = []
    private var planIndices: [[Plan]: Int] = [:]
    private var recentPlans = AddressCache<[Plan], Int>(size: 1024)

    /// The index of an alert's addressee, which is added where it is new.
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

    /// The index of a list of plans, from 1 on; it is added where it is new. 0 for an empty list.
    mutating func index(of list: [Plan]) -> Int {
        // Arrays with their elements at one address are the same.
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
}

extension OpenIncident {
    fileprivate func write(
        to buffer: inout ByteBuffer, _ shared: inout SharedLists, after number: Int64, _ at: Int64
    ) {
        buffer.appendSigned(self.number.value - number)
        buffer.appendSigned(storedAt.milliseconds - at)
        buffer.append(severity.ordinal)
        buffer.append(status.ordinal)
        buffer.append(category.ordinal)
        buffer.appendNumber(grid?.packed ?? 0)
        buffer.appendNumber(UInt64(reportBytes))
        buffer.appendNumber(UInt64(shared.index(of: plans)))
        for plan in progress { buffer.appendNumber(UInt64(plan.nextStep)) }
        buffer.appendNumber(UInt64(alerts.count))
        // In place: to take each out would be to count who holds its addressee.
        alerts.withUnsafeBufferPointer { alerts in
            for index in alerts.indices {
                buffer.appendNumber(UInt64(shared.index(of: alerts[index])))
                buffer.appendSigned(alerts[index].number.value)
                buffer.append(alerts[index].escalation)
                // That it has been sent is not in the journal either: after a start everything undelivered is queued.
                let state = alerts[index].state == .sent ? AlertState.queued : alerts[index].state
                buffer.append(state.ordinal << 1 | (alerts[index].isReceived ? 1 : 0))
            }
        }
    }
}

extension ReportWord {
    /// Where it stands in its list.
    fileprivate var ordinal: UInt8 { UInt8(clamping: Self.table.words.firstIndex(of: self) ?? 0) }
}
