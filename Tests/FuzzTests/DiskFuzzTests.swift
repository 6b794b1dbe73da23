import Testing
import TocsinJournal
import TocsinModel
import TocsinRouting

@testable import TocsinCore
@testable import TocsinSQLite

/// What a disk gives back, a little changed: reading it never traps, and what is accepted is written as it was read.
struct DiskFuzzTests {
    private static let bodies: [(JournalRecord.Kind, String)] = [
        (
            .incident,
            #"{"event":"fire","category":"Fire","severity":"Severe","status":"Actual","grid":"110101005003002","rules":1,"#
                + #""alerts":[{"purpose":"action","rule":"structure fire","acknowledgeWithinMs":60000,"#
                + #""to":[["fire",17,2],["police@110101005",4,0]]}],"plans":[{"rule":"structure fire","#
                + #""acknowledgeWithinMs":60000,"watched":[0,1],"steps":[{"afterMs":60000,"to":"leader"}]}]}"#
        ),
        (.received, #"{"recipient":"fire","numbers":[[17,40],[42,42]]}"#),
        (.personal, #"{"recipient":"fire","numbers":[[1,1]],"state":"acknowledged","by":"王","note":"on our way"}"#),
        (.escalated, #"{"incident":3,"plan":0,"step":1,"recipient":"leader","number":5,"cause":"unanswered"}"#),
        (.closed, #"{"incident":3,"by":"Li","reason":"false alarm"}"#),
        (.rules, #"{"text":"fallback: desk\n","after":1,"continues":true}"#),
    ]

    @Test(arguments: JournalRecord.Kind.allCases)
    func `a record's body is read or damaged, and what is read is written as it was`(kind: JournalRecord.Kind) {
        var mutator = Mutator(
            seed: 11, corpus: Self.bodies.filter { $0.0 == kind }.map(\.1),
            pieces: ["fire", "incident", "plan", "numbers", "[1,9223372036854775807]", "[5,1]", "declined", "[[]]"])
        let codec = RecordCodec()
        let name = ReportName(sender: "s", identifier: "i")
        var accepted = 0
        for bytes in mutator.inputs() {
            guard let record = read(kind, bytes, name, codec) else { continue }
            accepted += 1
            var json = JSONWriter()
            RecordCodec.write(record, to: &json)
            #expect(read(kind, json.bytes, name, codec) == record)
        }
        #expect(accepted > 1000)
    }

    /// What is read of damaged records must not bring the fold down either.
    @Test(arguments: 1...3 as ClosedRange<UInt64>)
    func `records that nobody can have written are folded without a trap`(seed: UInt64) throws {
        var mutator = Mutator(
            seed: seed, corpus: Self.bodies.map(\.1), pieces: ["-1", "255", "65535", "65536", "[1,20000]", "fire"])
        let codec = RecordCodec()
        let directory = try Directory(
            departments: "departments:\n  - { name: fire, zh: f, en: f }\n", departmentsFile: "d.yaml", grids: nil,
            gridsFile: "")
        let rules = try Ruleset(yaml: "fallback: fire\nrules: []\n", file: "r.yaml", directory: directory)
        var broker = Broker(rules: rules, directory: directory, settings: BrokerSettings())
        var number = 0
        for bytes in mutator.inputs(5_000) {
            for (kind, _) in Self.bodies {
                number += 1
                let name = ReportName(sender: "s", identifier: "\(number)")
                // A range of a thousand million numbers is no trap, and takes a test too long.
                guard let record = read(kind, bytes, name, codec), record.numbersNamed < 100_000 else { continue }
                let position = broker.lastPosition.next
                let now = Moment(wall: Timestamp(milliseconds: position.value), uptime: position.value)
                broker.apply(JournalEntry(position: position, at: now.wall, record: record), now: now)
            }
        }
        #expect(broker.lastPosition.value > 1000)
        var restored = Broker(rules: rules, directory: directory, settings: BrokerSettings())
        try restored.restore(broker.snapshot(), now: Moment(wall: Timestamp(milliseconds: 0), uptime: 0))
        #expect(restored.openIncidentCount == broker.openIncidentCount)
    }

    private func read(
        _ kind: JournalRecord.Kind, _ bytes: [UInt8], _ name: ReportName, _ codec: RecordCodec
    ) -> JournalRecord? {
        bytes.withUnsafeBytes { try? codec.read(kind, body: $0, name: name, report: []) }
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `a snapshot with changed bytes is restored or refused`(seed: UInt64) throws {
        let directory = try Directory(
            departments: "departments:\n  - { name: fire, zh: f, en: f }\n", departmentsFile: "d.yaml", grids: nil,
            gridsFile: "")
        let rules = try Ruleset(yaml: "fallback: fire\nrules: []\n", file: "r.yaml", directory: directory)
        let empty = Broker(rules: rules, directory: directory, settings: BrokerSettings())
        var broker = empty
        let codec = RecordCodec()
        for (kind, text) in Self.bodies {
            let name = ReportName(sender: "s", identifier: text)
            guard let record = read(kind, Array(text.utf8), name, codec) else { continue }
            let position = broker.lastPosition.next
            let now = Moment(wall: Timestamp(milliseconds: 1_000), uptime: 1_000)
            broker.apply(JournalEntry(position: position, at: now.wall, record: record), now: now)
        }
        let snapshot = broker.snapshot()
        let corpus = snapshot.pieces
        var changed = snapshot
        var random = seed
        for round in 0..<1_000 * Mutator.factor {
            changed.pieces = corpus
            let piece = round % corpus.count
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let place = Int(random >> 33) % corpus[piece].count
            if round % 5 == 0 {
                changed.pieces[piece].removeLast(corpus[piece].count - place)
            } else {
                changed.pieces[piece][place] = UInt8(truncatingIfNeeded: random >> 25)
            }
            var restored = empty
            let isRestored: Void? = try? restored.restore(
                changed, now: Moment(wall: Timestamp(milliseconds: 0), uptime: 0))
            if isRestored != nil { _ = restored.snapshot() }
        }
    }

    @Test func `a batch's header with changed bytes is read as it was written, or not at all`() {
        let header = BatchHeader(epoch: 4711, records: 17...40, byteCount: 9000, preceding: 1, checksum: 2)
        var bytes = [UInt8](repeating: 0, count: BatchHeader.byteCount)
        bytes.withUnsafeMutableBytes { header.write(to: $0) }
        for place in 0..<40 {
            for bit in 0..<8 {
                var changed = bytes
                changed[place] ^= 1 << UInt8(bit)
                changed.withUnsafeBytes { #expect(BatchHeader($0, epoch: 4711) == nil) }
            }
        }
        for count in 0..<BatchHeader.byteCount {
            bytes[..<count].withUnsafeBytes { #expect(BatchHeader($0, epoch: 4711) == nil) }
        }
        bytes.withUnsafeBytes { #expect(BatchHeader($0, epoch: 4711) == header) }
    }
}

extension JournalRecord {
    /// How many alert numbers it names.
    fileprivate var numbersNamed: Int {
        func count(_ ranges: [ClosedRange<AlertNumber>]) -> Int {
            ranges.reduce(0) { total, range in
                let width = range.upperBound.value.subtractingReportingOverflow(range.lowerBound.value)
                return width.overflow ? .max : total.addingReportingOverflow(Int(width.partialValue)).partialValue
            }
        }
        return switch self {
        case .received(let record): count(record.numbers)
        case .personal(let record): count(record.numbers)
        case .incident, .escalated, .closed, .rules: 0
        }
    }
}
