import CISAL
public import TocsinModel

/// CRC-32C (Castagnoli), the checksum of iSCSI and ext4: RFC 3720, appendix B.4.
///
/// It finds what a disk or a hand has changed in a record; it does not defend against somebody who means it.
public struct Checksum: Hashable, Sendable {
    private var remainder: UInt32 = 0xffff_ffff

    public init() {}

    /// Goes on where a checksum of this value ended.
    public init(continuing value: UInt32) {
        remainder = value ^ 0xffff_ffff
    }

    /// The checksum of everything added so far.
    public var value: UInt32 { remainder ^ 0xffff_ffff }

    /// Adds bytes, by the processor's own instruction where it has one.
    public mutating func add(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress, !bytes.isEmpty else { return }
        // The function reads what it is given; only its declaration says otherwise.
        let pointer = UnsafeMutableRawPointer(mutating: start).assumingMemoryBound(to: UInt8.self)
        remainder = crc32_iscsi(pointer, Int32(bytes.count), remainder)
    }

    public mutating func add(_ number: Int64) {
        withUnsafeBytes(of: number.littleEndian) { add($0) }
    }
}

extension Checksum {
    /// The checksum of some bytes.
    public static func of(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        var checksum = Checksum()
        checksum.add(bytes)
        return checksum.value
    }

    /// A record's checksum: over its place, its time, its kind, an incident's name, its body and its report, so that none
    /// can be swapped.
    public static func of(
        position: Position, at: Timestamp, kind: JournalRecord.Kind, name: ReportName? = nil,
        body: UnsafeRawBufferPointer, report: UnsafeRawBufferPointer
    ) -> UInt32 {
        var (sender, identifier) = (name?.sender ?? "", name?.identifier ?? "")
        return sender.withUTF8 { sender in
            identifier.withUTF8 { identifier in
                of(
                    position: position, at: at, kind: kind, sender: UnsafeRawBufferPointer(sender),
                    identifier: UnsafeRawBufferPointer(identifier), body: body, report: report)
            }
        }
    }

    /// The same, of a name whose texts are UTF-8 somewhere; empty where there is none.
    public static func of(
        position: Position, at: Timestamp, kind: JournalRecord.Kind, sender: UnsafeRawBufferPointer,
        identifier: UnsafeRawBufferPointer, body: UnsafeRawBufferPointer, report: UnsafeRawBufferPointer
    ) -> UInt32 {
        var (checksum, kind) = (Checksum(), kind.rawValue)
        checksum.add(position.value)
        checksum.add(at.milliseconds)
        kind.withUTF8 { checksum.addCounted(UnsafeRawBufferPointer($0)) }
        checksum.addCounted(sender)
        checksum.addCounted(identifier)
        checksum.addCounted(body)
        checksum.add(report)
        return checksum.value
    }

    /// Adds the number of bytes and the bytes.
    private mutating func addCounted(_ bytes: UnsafeRawBufferPointer) {
        add(Int64(bytes.count))
        add(bytes)
    }
}
