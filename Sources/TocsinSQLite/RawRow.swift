import TocsinJournal
import TocsinModel

/// A row of the table `record`, taken apart without SQLite. It begins with the length of its header. The header has a
/// varint for each column, which says the column's kind. Then come the columns
/// (https://www.sqlite.org/fileformat2.html#record_format).
struct RawRow {
    enum Value {
        case null
        case integer(Int64)
        case text(Range<Int>)
    }

    /// The columns in the table's order. `position` is the row's number, and its column is NULL.
    private static let columns = [
        "position", "kind", "at", "body", "sender", "identifier", "report", "recipient", "first", "last", "width",
        "incident", "previous", "checksum",
    ]

    private let position: Int64
    private let payload: [UInt8]
    private let values: [Value]

    /// Nil if the payload is no such row.
    init?(_ position: Int64, _ payload: [UInt8]) {
        guard position > 0, let values = Self.values(of: payload), values.count == Self.columns.count else {
            return nil
        }
        (self.position, self.payload, self.values) = (position, payload, values)
    }

    /// Returns the columns of any table's row, or nil if the payload is none.
    static func values(of payload: [UInt8]) -> [Value]? {
        var header = payload[...]
        guard let headerBytes = Varint.take(from: &header), headerBytes <= payload.count else { return nil }
        header = header.prefix(max(0, Int(headerBytes) - (payload.count - header.count)))
        var (values, offset) = ([Value](), Int(headerBytes))
        while let kind = Varint.take(from: &header) {
            guard let value = value(kind, payload, &offset) else { return nil }
            values.append(value)
        }
        return offset <= payload.count ? values : nil
    }

    private static func value(_ kind: Int64, _ payload: [UInt8], _ offset: inout Int) -> Value? {
        let bytes: Int
        switch kind {
        case 0: return .null
        case 8, 9: return .integer(kind - 8)
        case 1...4: bytes = Int(kind)
        case 5: bytes = 6
        case 6: bytes = 8
        case 13... where kind % 2 == 1: bytes = Int((kind - 13) / 2)
        default: return nil
        }
        guard bytes <= payload.count - offset else { return nil }
        defer { offset += bytes }
        guard kind < 13 else { return .text(offset..<offset + bytes) }
        let sign: Int64 = payload[offset] & 0x80 == 0 ? 0 : -1
        return .integer(payload[offset..<offset + bytes].reduce(sign) { $0 << 8 | Int64($1) })
    }

    /// Lends the row.
    func withRow<Result>(_ body: (RecordRow) throws -> Result) rethrows -> Result {
        try payload.withUnsafeBytes { bytes in
            func text(_ column: String) -> UnsafeRawBufferPointer? {
                guard let index = Self.columns.firstIndex(of: column), case .text(let range) = values[index] else {
                    return nil
                }
                return UnsafeRawBufferPointer(rebasing: bytes[range])
            }
            func integer(_ column: String) -> Int64? {
                guard let index = Self.columns.firstIndex(of: column), case .integer(let number) = values[index] else {
                    return nil
                }
                return number
            }
            let empty = UnsafeRawBufferPointer(start: nil, count: 0)
            return try body(
                RecordRow(
                    position: position, kind: text("kind") ?? empty, at: integer("at") ?? 0,
                    body: text("body") ?? empty,
                    report: text("report"), sender: text("sender"), identifier: text("identifier"),
                    recipient: text("recipient"), first: integer("first"), last: integer("last"),
                    width: integer("width"), incident: integer("incident"), previous: integer("previous") ?? 0,
                    checksum: integer("checksum").flatMap { UInt32(exactly: $0) } ?? 0))
        }
    }
}
