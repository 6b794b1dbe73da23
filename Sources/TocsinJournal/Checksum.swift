import CISAL
public import TocsinModel

/// CRC-32C (Castagnoli), the checksum of iSCSI and ext4: RFC 3720, appendix B.4.
///
/// It finds accidental changes of a record by a disk or a person. It does not defend against an attacker.
public struct Checksum: Hashable, Sendable {
    private var remainder: UInt32 = 0xffff_ffff

    public init() {}

    /// The checksum of everything added so far.
    public var value: UInt32 { remainder ^ 0xffff_ffff }

    /// Adds bytes, by the processor's own instruction where it has one.
    public mutating func add(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress, !bytes.isEmpty else { return }
        // The function only reads the bytes, although its declaration says otherwise.
        let pointer = UnsafeMutableRawPointer(mutating: start).assumingMemoryBound(to: UInt8.self)
        remainder = crc32_iscsi(pointer, Int32(bytes.count), remainder)
    }

    public mutating func add(_ number: Int64) {
        withUnsafeBytes(of: number.littleEndian) { add($0) }
    }
}

extension Checksum {
    /// Returns the checksum of some bytes.
    public static func of(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        var checksum = Checksum()
        checksum.add(bytes)
        return checksum.value
    }

    /// Returns a record's checksum. It covers the position, the time, the kind, an incident's name, the body and the
    /// report, so that none can be swapped.
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

    /// Returns a record's checksum, with the name as UTF-8 bytes. They are empty if there is no name.
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
