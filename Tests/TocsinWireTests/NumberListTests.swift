import Testing
import TocsinModel
import TocsinWire

struct NumberListTests {
    private func list(_ text: String) throws(Refusal) -> NumberList {
        try Array(text.utf8).withUnsafeBytes { bytes in
            Result { () throws(Refusal) in try NumberList(utf8: bytes) }
        }.get()
    }

    @Test(arguments: [
        ("17", 1), ("17-40,42", 25), ("1-1", 1), ("1,2,3", 3), ("5-6,1-2", 4), ("3-5,4-6", 6), ("1-20000", 20_000),
    ])
    func `numbers and ranges are read`(text: String, count: Int) throws {
        #expect(try list(text).count == count)
    }

    @Test(arguments: ["17", "17-40,42", "1,3,5-9", "5-6,1-2"])
    func `a list is written as it was read`(text: String) throws {
        #expect(try list(text).description == text)
    }

    @Test(arguments: [
        "", ",", "1,", ",1", "1,,2", "-", "1-", "-1", "2-1", "0", "0-3", "1-2-3", "a", "1 ,2", "+1", "1.0", "１",
        "9999999999999999999", "1-20001", "1-10000,20001-30001", "1-999999999999999999",
    ])
    func `anything else is malformed`(text: String) {
        #expect {
            try list(text)
        } throws: {
            ($0 as? Refusal)?.code == .malformed && ($0 as? Refusal)?.field == "numbers"
        }
    }

    @Test func `a list has at most ten thousand ranges`() throws {
        let numbers = (1...Limits.numberRanges).map { String($0 * 2) }.joined(separator: ",")
        #expect(try list(numbers).count == Limits.numberRanges)
        #expect(throws: Refusal.self) { try list(numbers + ",1") }
    }

    @Test func `a number that follows the last one extends its range`() {
        var numbers = NumberList()
        #expect(numbers.isEmpty)
        for value in [1, 2, 3, 5, 4] { numbers.append(AlertNumber(Int64(value))) }
        #expect(numbers.description == "1-3,5,4")
        #expect(numbers.count == 5)
    }

    @Test(arguments: 1...20)
    func `a list of any numbers comes back the same`(seed: Int64) throws {
        var numbers = NumberList()
        var value: Int64 = 0
        for index in 1...200 {
            value += (seed * Int64(index)) % 3 + 1
            numbers.append(AlertNumber(value))
        }
        #expect(try list(numbers.description) == numbers)
    }
}

struct PeerIdentityTests {
    @Test(arguments: [0, 1, 5, 7, 8, 9, 255])
    func `an identity of any length keeps its bytes`(count: Int) {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: 255 - $0) }
        #expect(PeerIdentity(bytes).withBytes { [UInt8]($0) } == bytes)
    }

    @Test func `identities differ where their bytes or lengths do`() {
        let identities: [[UInt8]] = [[], [0], [0, 0], [1], [1, 0], [0, 1], Array(repeating: 0, count: 8)]
        #expect(Set(identities.map { PeerIdentity($0) }).count == identities.count)
        #expect(PeerIdentity([1, 2, 3]) == PeerIdentity([1, 2, 3]))
    }

    @Test func `the identities that libzmq gives cost no allocation`() {
        guard case .short = PeerIdentity([0, 1, 2, 3, 4]) else {
            Issue.record("Five bytes should be packed.")
            return
        }
    }
}
