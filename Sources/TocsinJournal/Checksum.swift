public import TocsinModel

/// CRC-32C (Castagnoli), the checksum of iSCSI and ext4: RFC 3720, appendix B.4.
///
/// It finds what a disk or a hand has changed in a record; it does not defend against somebody who means it.
public struct Checksum: Sendable {
    private var remainder: UInt32 = 0xffff_ffff

    public init() {}

    /// The checksum of everything added so far.
    public var value: UInt32 { remainder ^ 0xffff_ffff }

    /// Adds bytes, eight at a time ("slicing by 8", Kounavis and Berry, 2005).
    public mutating func add(_ bytes: UnsafeRawBufferPointer) {
        Self.tables.withUnsafeBufferPointer { tables in
            var crc = remainder
            var index = 0
            while index + 8 <= bytes.count {
                let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
                let low = UInt32(truncatingIfNeeded: word) ^ crc
                let high = UInt32(truncatingIfNeeded: word >> 32)
                crc =
                    tables[7 * 256 + Int(low & 0xff)] ^ tables[6 * 256 + Int(low >> 8 & 0xff)]
                    ^ tables[5 * 256 + Int(low >> 16 & 0xff)] ^ tables[4 * 256 + Int(low >> 24)]
                    ^ tables[3 * 256 + Int(high & 0xff)] ^ tables[2 * 256 + Int(high >> 8 & 0xff)]
                    ^ tables[1 * 256 + Int(high >> 16 & 0xff)] ^ tables[Int(high >> 24)]
                index += 8
            }
            while index < bytes.count {
                crc = tables[Int((crc ^ UInt32(bytes[index])) & 0xff)] ^ (crc >> 8)
                index += 1
            }
            remainder = crc
        }
    }

    public mutating func add(_ number: Int64) {
        withUnsafeBytes(of: number.littleEndian) { add($0) }
    }

    /// Table `k` advances a byte over `k` further zero bytes; eight tables of 256 in one array.
    private static let tables: [UInt32] = {
        var tables = [UInt32](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            var crc = UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0x82f6_3b78 : crc >> 1 }
            tables[byte] = crc
        }
        for index in 256..<8 * 256 {
            let previous = tables[index - 256]
            tables[index] = tables[Int(previous & 0xff)] ^ previous >> 8
        }
        return tables
    }()
}

extension Checksum {
    /// A record's checksum: over its place, its time, its kind, its body and its report, so that none can be swapped.
    public static func of(
        position: Position, at: Timestamp, kind: JournalRecord.Kind, body: UnsafeRawBufferPointer,
        report: UnsafeRawBufferPointer
    ) -> UInt32 {
        var checksum = Checksum()
        checksum.add(position.value)
        checksum.add(at.milliseconds)
        var word = kind.rawValue
        word.withUTF8 { checksum.add(UnsafeRawBufferPointer($0)) }
        checksum.add(Int64(body.count))
        checksum.add(body)
        checksum.add(report)
        return checksum.value
    }
}
