import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinRouting

/// Records as a disk gives them back.
extension FuzzTarget {
    /// A body of each kind, behind the first letter of the kind's name.
    private static let bodies = [
        #"i{"event":"fire","category":"Fire","severity":"Severe","status":"Actual","grid":"110101005003002","rules":1,"#
            + #""alerts":[{"purpose":"action","rule":"structure fire","acknowledgeWithinMs":60000,"#
            + #""to":[["fire",17,2],["police@110101005",4,0]]}],"plans":[{"rule":"structure fire","#
            + #""acknowledgeWithinMs":60000,"watched":[0,1],"steps":[{"afterMs":60000,"to":"leader"}]}]}"#,
        #"r{"recipient":"fire","numbers":[[17,40],[42,42]]}"#,
        #"p{"recipient":"fire","numbers":[[17,17]],"state":"acknowledged","by":"王","note":"on our way"}"#,
        #"e{"incident":1,"plan":0,"step":1,"recipient":"leader","number":5,"cause":"unanswered"}"#,
        #"c{"incident":1,"by":"Li","reason":"false alarm"}"#,
        #"u{"text":"fallback: desk\n","after":1,"continues":true}"#,
        #"s{"recipient":"fire","name":"gas","when":"{\"event\":\"gas\"}","purpose":"action","by":"Li","#
            + #""since":"2026-11-23T08:10:00Z"}"#,
        #"n{"recipient":"fire","name":"gas","by":"Li"}"#,
        #"i{"event":"fire","category":"Fire","severity":"Extreme","status":"Actual","rules":1,"message":"Update","#
            + #""updates":[[1,"s"]],"raised":true,"astray":[["s","r-9","unknown"]],"#
            + #""alerts":[{"purpose":"information","rule":"update: 1","to":[["fire",18,2]]}]}"#,
        #"o{"incident":1,"by":"Li","reason":"smoke again","category":"Fire","severity":"Severe","status":"Actual","#
            + #""reportBytes":300,"sender":"s","alerts":[{"purpose":"action","rule":"structure fire","#
            + #""acknowledgeWithinMs":60000,"to":[["fire",43,2]]}],"plans":[{"rule":"structure fire","#
            + #""acknowledgeWithinMs":60000,"watched":[0],"steps":[{"afterMs":60000,"to":"leader"}]}]}"#,
    ]
    private static let recordWords = [
        "fire", "incident", "plan", "numbers", "[1,9223372036854775807]", "[5,1]", "declined", "[[]]", "-1", "255",
        "65535",
        "65536", "[1,20000]", "unattended", "resolved",
    ]

    /// A record's body, behind the letter of its kind.
    static let record = FuzzTarget(
        name: "record", corpus: bodies.map { Array($0.utf8) }, words: recordWords, count: 60_000
    ) {
        let codec = RecordCodec()
        return { bytes in
            guard let record = read(bytes, identifier: "i", codec) else { return false }
            var json = JSONWriter()
            RecordCodec.write(record, to: &json)
            let again = (bytes.prefix(1) + json.bytes).withUnsafeBytes { read($0, identifier: "i", codec) }
            try promise(again == record, "\(record) is written \(String(decoding: json.bytes, as: UTF8.self))")
            return true
        }
    }

    /// Records in a row, a line each, folded by the broker as a start does. Nobody can have written most of them: a start
    /// must not trap all the same, and a snapshot of what has come of it is restored.
    static let fold = FuzzTarget(
        name: "fold",
        corpus: [
            Array(bodies.joined(separator: "\n").utf8),
            Array((bodies + bodies[1...4] + bodies[...0] + bodies[1...4]).joined(separator: "\n").utf8),
        ],
        words: recordWords + ["\ni", "\nr", "\np", "\ne", "\nc", "\nu", "\ns", "\nn", "\no"], count: 10_000
    ) {
        let codec = RecordCodec()
        let empty = try emptyBroker()
        return { bytes in
            var broker = empty
            for line in bytes.split(separator: UInt8(ascii: "\n")) {
                let position = broker.lastPosition.next
                guard
                    let record = read(UnsafeRawBufferPointer(rebasing: line), identifier: "\(position)", codec),
                    // Alerts a thousand million numbers apart are no trap, and take too long, or too much memory.
                    record.numbersSpanned < 100_000
                else { continue }
                let now = Moment(wall: Timestamp(milliseconds: position.value), uptime: position.value)
                broker.apply(JournalEntry(position: position, at: now.wall, record: record), now: now)
            }
            guard broker.lastPosition != .zero else { return false }
            var restored = empty
            let now = Moment(wall: Timestamp(milliseconds: 0), uptime: 0)
            do {
                try restored.restore(broker.snapshot(), now: now)
            } catch {
                throw BrokenPromise(description: "its own snapshot: \(error)")
            }
            try promise(restored.openIncidentCount == broker.openIncidentCount, "incidents are missing in its snapshot")
            return true
        }
    }

    /// A snapshot's pieces: each behind two bytes, the number of its own.
    static let snapshot = FuzzTarget(
        name: "snapshot", corpus: snapshots, words: [], count: 20_000
    ) {
        let empty = try emptyBroker()
        let now = Moment(wall: Timestamp(milliseconds: 0), uptime: 0)
        return { bytes in
            var pieces: [[UInt8]] = []
            var rest = bytes[...]
            while rest.count >= 2 {
                let count = Int(rest[rest.startIndex]) | Int(rest[rest.startIndex + 1]) << 8
                pieces.append(Array(rest.dropFirst(2).prefix(count)))
                rest = rest.dropFirst(2 + count)
            }
            var restored = empty
            let snapshot = JournalSnapshot(position: Position(6), pieces: pieces)
            guard (try? restored.restore(snapshot, now: now)) != nil else { return false }
            var again = empty
            do {
                try again.restore(restored.snapshot(), now: now)
            } catch {
                throw BrokenPromise(description: "what was restored gives a snapshot that is not: \(error)")
            }
            try promise(again.openIncidentCount == restored.openIncidentCount, "another number of incidents")
            return true
        }
    }

    private static var snapshots: [[UInt8]] {
        guard var broker = try? emptyBroker() else { return [] }
        let codec = RecordCodec()
        for body in [bodies[0], bodies[0], bodies[1], bodies[2], bodies[3], bodies[6]] {
            let position = broker.lastPosition.next
            guard let record = Array(body.utf8).withUnsafeBytes({ read($0, identifier: "\(position)", codec) }) else {
                continue
            }
            let now = Moment(wall: Timestamp(milliseconds: 1_000), uptime: 1_000)
            broker.apply(JournalEntry(position: position, at: now.wall, record: record), now: now)
        }
        return [broker.snapshot().pieces.flatMap { [UInt8($0.count & 255), UInt8($0.count >> 8)] + $0 }]
    }

    private static func read(
        _ bytes: UnsafeRawBufferPointer, identifier: String, _ codec: RecordCodec
    ) -> JournalRecord? {
        let kinds: [UInt8: JournalRecord.Kind] = [
            UInt8(ascii: "i"): .incident, UInt8(ascii: "r"): .received, UInt8(ascii: "p"): .personal,
            UInt8(ascii: "e"): .escalated, UInt8(ascii: "c"): .closed, UInt8(ascii: "u"): .rules,
            UInt8(ascii: "s"): .subscribed, UInt8(ascii: "n"): .unsubscribed, UInt8(ascii: "a"): .rated,
            UInt8(ascii: "g"): .rung, UInt8(ascii: "d"): .stoodDown, UInt8(ascii: "q"): .silenced,
            UInt8(ascii: "v"): .unsilenced,
            UInt8(ascii: "o"): .reopened, UInt8(ascii: "j"): .joined, UInt8(ascii: "x"): .removed,
        ]
        guard let kind = bytes.first.flatMap({ kinds[$0] }) else { return nil }
        return try? codec.read(
            kind, body: UnsafeRawBufferPointer(rebasing: bytes.dropFirst()),
            name: ReportName(sender: "s", identifier: identifier), report: [])
    }

    private static func emptyBroker() throws -> Broker {
        let directory = try Directory(
            departments: "departments:\n  - { name: fire, zh: f, en: f }\n", departmentsFile: "d.yaml", grids: nil,
            gridsFile: "")
        let rules = try Ruleset(yaml: "fallback: fire\nrules: []\n", file: "r.yaml", directory: directory)
        return Broker(rules: rules, directory: directory, settings: BrokerSettings())
    }
}

extension JournalRecord {
    /// The largest alert number that it names, or, where it gives none, how many its largest range names.
    fileprivate var numbersSpanned: Int64 {
        func width(_ ranges: [ClosedRange<AlertNumber>]) -> Int64 {
            ranges.map { $0.upperBound.value - $0.lowerBound.value }.max() ?? 0
        }
        return switch self {
        case .incident(let record), .joined(let record): record.alerts.map(\.number.value).max() ?? 0
        case .reopened(let record): record.alerts.map(\.number.value).max() ?? 0
        case .escalated(let record): record.number.value
        case .received(let record): width(record.numbers)
        case .personal(let record): width(record.numbers)
        case .rung, .stoodDown, .closed, .rules, .subscribed, .unsubscribed, .rated, .silenced, .unsilenced: 0
        case .removed(let record): record.given.map(\.number.value).max() ?? 0
        }
    }
}
