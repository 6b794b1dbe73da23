import Testing
import TocsinJournal
import TocsinModel

@Suite struct ChecksumTests {
    /// The vectors of RFC 3720, appendix B.4, and the check value of the CRC catalogue for "123456789".
    static let vectors: [([UInt8], UInt32)] = [
        ([UInt8](repeating: 0, count: 32), 0x8a91_36aa),
        ([UInt8](repeating: 0xff, count: 32), 0x62a8_ab43),
        ([UInt8](0..<32), 0x46dd_794e),
        ([UInt8]((0..<32).reversed()), 0x113f_db5c),
        ([UInt8]("123456789".utf8), 0xe306_9283),
        ([], 0),
    ]

    @Test(arguments: vectors)
    func `it is CRC-32C`(_ bytes: [UInt8], _ expected: UInt32) {
        var checksum = Checksum()
        bytes.withUnsafeBytes { checksum.add($0) }
        #expect(checksum.value == expected)
    }

    @Test func `bytes added in any pieces give the same checksum`() {
        let bytes = (0..<100).map { UInt8(truncatingIfNeeded: $0 &* 37) }
        var whole = Checksum()
        bytes.withUnsafeBytes { whole.add($0) }
        for cut in 0...bytes.count {
            var pieces = Checksum()
            bytes.withUnsafeBytes { bytes in
                pieces.add(UnsafeRawBufferPointer(rebasing: bytes[..<cut]))
                pieces.add(UnsafeRawBufferPointer(rebasing: bytes[cut...]))
            }
            #expect(pieces.value == whole.value)
        }
    }

    @Test func `a record's place, time, kind and the borders of name, body and report all count`() {
        func checksum(
            _ position: Int64 = 1, _ milliseconds: Int64 = 1, _ kind: JournalRecord.Kind = .incident,
            _ body: String = "ab", _ report: String = "cd", _ name: ReportName? = nil
        ) -> UInt32 {
            [UInt8](body.utf8).withUnsafeBytes { body in
                [UInt8](report.utf8).withUnsafeBytes { report in
                    Checksum.of(
                        position: Position(position), at: Timestamp(milliseconds: milliseconds), kind: kind, name: name,
                        body: body, report: report)
                }
            }
        }
        let all = [
            checksum(), checksum(2), checksum(1, 2), checksum(1, 1, .rules), checksum(1, 1, .incident, "abc", "d"),
            checksum(1, 1, .incident, "ab", "ce"),
            checksum(1, 1, .incident, "ab", "cd", ReportName(sender: "a", identifier: "bc")),
            checksum(1, 1, .incident, "ab", "cd", ReportName(sender: "ab", identifier: "c")),
        ]
        #expect(Set(all).count == all.count)
    }
}
