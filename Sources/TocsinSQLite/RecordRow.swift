import TocsinJournal
import TocsinModel

/// One record as the table has it, with every column. Its texts belong to the source that it was read from, and are
/// valid as long as that.
struct RecordRow {
    var position: Int64
    var kind: UnsafeRawBufferPointer
    /// Milliseconds since 1970-01-01T00:00:00Z.
    var at: Int64
    /// JSON.
    var body: UnsafeRawBufferPointer
    /// An incident's report, and its name.
    var report: UnsafeRawBufferPointer?
    var sender: UnsafeRawBufferPointer?
    var identifier: UnsafeRawBufferPointer?
    /// The columns that a record is found by. See ``RecordColumns``.
    var recipient: UnsafeRawBufferPointer?
    var first: Int64?
    var last: Int64?
    var width: Int64?
    var incident: Int64?
    /// The newest incident before this record, or 0 if there is none.
    var previous: Int64
    /// The checksum of position, time, kind, name, body and report.
    var checksum: UInt32

    /// The incident that the record after this one has as its `previous`.
    var newestIncident: Int64 { isIncident || isRemovedIncident ? position : previous }

    /// An incident's name, or that of one that was removed.
    var name: ReportName? {
        guard let sender, let identifier else { return nil }
        return ReportName(
            sender: String(decoding: sender, as: UTF8.self), identifier: String(decoding: identifier, as: UTF8.self))
    }

    var isIncident: Bool { JournalRecord.Kind.table[kind] == .incident }

    /// True for what is left of an incident's own record.
    var isRemovedIncident: Bool { incident == position && JournalRecord.Kind.table[kind] == .removed }

    /// True for the record of a subscription's beginning or end.
    var isOfSubscription: Bool {
        switch JournalRecord.Kind.table[kind] {
        case .subscribed, .unsubscribed: true
        case .incident, .joined, .received, .personal, .escalated, .rung, .stoodDown, .closed, .rules, .rated,
            .silenced,
            .unsilenced, .reopened, .removed, nil:
            false
        }
    }
}

// MARK: - As bytes

extension RecordRow {
    /// The value for a missing number. No number is negative.
    private static let missing: Int64 = -1

    /// Writes the entry's row: its numbers, the lengths of its texts, and the texts. Numbers are little-endian. A
    /// missing text has the length -1.
    ///
    /// - Parameters:
    ///   - entry: The record, its position and its time.
    ///   - body: The record's body, from ``TocsinJournal/RecordCodec``.
    ///   - previous: The newest incident before it.
    ///   - bytes: The buffer to which the row is appended.
    /// - Returns: The row's checksum.
    static func write(
        _ entry: JournalEntry, body: borrowing JSONWriter, previous: Int64, to bytes: inout ByteBuffer
    ) -> UInt32 {
        let columns = RecordColumns(entry.record)
        let kind = entry.record.kind
        let report = entry.record.report
        let (bodyCount, checksum) = body.withUnsafeBytes { body in
            (report ?? []).withUnsafeBytes { report in
                (
                    body.count,
                    Checksum.of(
                        position: entry.position, at: entry.at, kind: kind, name: columns.name, body: body,
                        report: report)
                )
            }
        }
        bytes.appendLittleEndian(entry.position.value)
        bytes.appendLittleEndian(entry.at.milliseconds)
        bytes.appendLittleEndian(columns.first ?? missing)
        bytes.appendLittleEndian(columns.last ?? missing)
        bytes.appendLittleEndian(columns.width ?? missing)
        bytes.appendLittleEndian(columns.incident ?? missing)
        bytes.appendLittleEndian(previous)
        bytes.appendLittleEndian(checksum)
        bytes.appendLittleEndian(Int32(kind.rawValue.utf8.count))
        bytes.appendLittleEndian(Int32(bodyCount))
        bytes.appendLittleEndian(Int32(report?.count ?? -1))
        bytes.appendLittleEndian(Int32(columns.name?.sender.utf8.count ?? -1))
        bytes.appendLittleEndian(Int32(columns.name?.identifier.utf8.count ?? -1))
        bytes.appendLittleEndian(Int32(columns.recipient?.name.utf8.count ?? -1))
        bytes.append(kind.rawValue)
        body.withUnsafeBytes { bytes.append($0) }
        if let report { bytes.append(report) }
        if let name = columns.name {
            bytes.append(name.sender)
            bytes.append(name.identifier)
        }
        if let recipient = columns.recipient { bytes.append(recipient.name) }
        return checksum
    }

    fileprivate static func take(from bytes: inout UnsafeRawBufferPointer) -> RecordRow {
        let (position, at) = (number(&bytes, Int64.self), number(&bytes, Int64.self))
        let (first, last) = (numberIfPresent(&bytes), numberIfPresent(&bytes))
        let (width, incident) = (numberIfPresent(&bytes), numberIfPresent(&bytes))
        let (previous, checksum) = (number(&bytes, Int64.self), number(&bytes, UInt32.self))
        let (kind, body) = (number(&bytes, Int32.self), number(&bytes, Int32.self))
        let (report, sender) = (number(&bytes, Int32.self), number(&bytes, Int32.self))
        let (identifier, recipient) = (number(&bytes, Int32.self), number(&bytes, Int32.self))
        return RecordRow(
            position: position, kind: text(&bytes, kind) ?? Self.empty, at: at, body: text(&bytes, body) ?? Self.empty,
            report: text(&bytes, report), sender: text(&bytes, sender), identifier: text(&bytes, identifier),
            recipient: text(&bytes, recipient), first: first, last: last, width: width, incident: incident,
            previous: previous, checksum: checksum)
    }

    private static var empty: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: nil, count: 0) }

    private static func number<Number: FixedWidthInteger>(
        _ bytes: inout UnsafeRawBufferPointer, _ type: Number.Type
    ) -> Number {
        // Bytes are too short only if a checksum happens to be right. The row's own checksum is wrong then.
        guard bytes.count >= MemoryLayout<Number>.size else {
            bytes = empty
            return 0
        }
        defer { bytes = UnsafeRawBufferPointer(rebasing: bytes.dropFirst(MemoryLayout<Number>.size)) }
        return Number(littleEndian: bytes.loadUnaligned(as: type))
    }

    private static func numberIfPresent(_ bytes: inout UnsafeRawBufferPointer) -> Int64? {
        let value = number(&bytes, Int64.self)
        return value == missing ? nil : value
    }

    private static func text(_ bytes: inout UnsafeRawBufferPointer, _ length: Int32) -> UnsafeRawBufferPointer? {
        guard length >= 0 else { return nil }
        defer { bytes = UnsafeRawBufferPointer(rebasing: bytes.dropFirst(Int(length))) }
        return UnsafeRawBufferPointer(rebasing: bytes.prefix(Int(length)))
    }
}

/// The rows in bytes whose checksum has been checked.
struct RecordRows: Sequence, IteratorProtocol {
    private var rest: UnsafeRawBufferPointer

    init(in bytes: UnsafeRawBufferPointer) {
        rest = bytes
    }

    mutating func next() -> RecordRow? {
        rest.isEmpty ? nil : RecordRow.take(from: &rest)
    }
}

// MARK: - In the table

extension RecordRow {
    static let insert = """
        INSERT INTO record (position, kind, at, body, sender, identifier, report, recipient, first, last, width, \
        incident, previous, checksum) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """

    /// The columns that ``init(_:)`` reads, in its order.
    static let select = """
        SELECT position, kind, at, body, report, checksum, \
        sender, identifier, recipient, first, last, width, incident, previous FROM record
        """

    /// Puts the row in the table, by a statement made of ``insert``.
    func insert(by statement: RawStatement) throws {
        defer { statement.reset() }
        try statement.bind(position, at: 1)
        try statement.bind(kind, at: 2)
        try statement.bind(at, at: 3)
        try statement.bind(body, at: 4)
        try statement.bind(sender, at: 5)
        try statement.bind(identifier, at: 6)
        try statement.bind(report, at: 7)
        try statement.bind(recipient, at: 8)
        try statement.bind(first, at: 9)
        try statement.bind(last, at: 10)
        try statement.bind(width, at: 11)
        try statement.bind(incident, at: 12)
        try statement.bind(previous, at: 13)
        try statement.bind(Int64(checksum), at: 14)
        _ = try statement.step()
    }

    /// Reads the current row of a statement that begins with ``select``. A value that is no checksum becomes 0.
    init(_ row: RawStatement) {
        position = row.integer(0)
        kind = row.bytes(1)
        at = row.integer(2)
        body = row.bytes(3)
        report = row.bytesIfPresent(4)
        checksum = UInt32(exactly: row.integer(5)) ?? 0
        sender = row.bytesIfPresent(6)
        identifier = row.bytesIfPresent(7)
        recipient = row.bytesIfPresent(8)
        first = row.integerIfPresent(9)
        last = row.integerIfPresent(10)
        width = row.integerIfPresent(11)
        incident = row.integerIfPresent(12)
        previous = row.integer(13)
    }
}
