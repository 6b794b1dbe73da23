public import TocsinModel

/// Turns records into JSON bodies and back. An incident's name and report are kept beside its body.
///
/// The bodies are JSON so that the journal's file answers questions in plain SQL. A decoder belongs to one thread.
public struct RecordCodec {
    private let parser = JSONParser(maximumBytes: Limits.recordBytes)
    private let shared = SharedParts()

    public init() {}

    /// Writes a record's body.
    public static func write(_ record: JournalRecord, to json: inout JSONWriter) {
        switch record {
        case .incident(let incident): incident.write(to: &json)
        case .received(let received):
            json.object { json in
                json.member("recipient", received.recipient)
                json.member("numbers", received.numbers)
            }
        case .personal(let personal):
            json.object { json in
                json.member("recipient", personal.recipient)
                json.member("numbers", personal.numbers)
                json.member("state", personal.state)
                json.member("by", personal.person.by)
                json.member("note", ifPresent: personal.person.note)
            }
        case .escalated(let escalated):
            json.object { json in
                json.member("incident", escalated.incident.value)
                json.member("plan", escalated.plan)
                json.member("step", escalated.step)
                json.member("recipient", escalated.recipient)
                json.member("number", escalated.number.value)
                json.member("cause", escalated.cause)
            }
        case .closed(let closed):
            json.object { json in
                json.member("incident", closed.incident.value)
                json.member("by", closed.person.by)
                json.member("reason", ifPresent: closed.person.note)
            }
        case .rules(let rules):
            json.object { json in
                json.member("text", rules.text)
                if let after = rules.after { json.member("after", after.value) }
                if rules.continues { json.member("continues", true) }
            }
        }
    }

    /// Reads a body of the given kind; an incident's name and report are not part of its body.
    ///
    /// - Throws: ``UnreadableRecord`` for a body that this version cannot have written.
    public func read(
        _ kind: JournalRecord.Kind, body: UnsafeRawBufferPointer, name: ReportName? = nil, report: [UInt8] = []
    ) throws -> JournalRecord {
        try parser.parse(body) { json in
            switch kind {
            case .incident:
                .incident(
                    try IncidentRecord(
                        json: json, name: name ?? ReportName(sender: "", identifier: ""), report: report, shared))
            case .received: .received(try ReceivedRecord(recipient: json.recipient(), numbers: json.numbers()))
            case .personal: .personal(try PersonalRecord(json: json))
            case .escalated: .escalated(try EscalatedRecord(json: json))
            case .closed:
                .closed(
                    ClosedRecord(
                        incident: IncidentNumber(try json.integer("incident")),
                        person: Person(by: try json.string("by"), note: json["reason"]?.string)))
            case .rules:
                .rules(
                    RulesRecord(
                        text: try json.string("text"), after: json["after"]?.integer.map { Position($0) },
                        continues: json["continues"]?.boolean ?? false))
            }
        }
    }
}

/// A record's body that cannot be read, and the member at fault.
public struct UnreadableRecord: Error, Equatable, CustomStringConvertible {
    public let member: String

    public var description: String { "its member '\(member)' is missing or wrong" }
}

// An incident's body. Recipients that one rule names for one purpose stand together, as [recipient, number, terminals]:
// a report is told to several, and saying the rest of each again would be a third of the journal.
//
//     {"event": …, "category": …, "severity": …, "status": …, "grid": …, "rules": 1,
//      "alerts": [{"purpose": "action", "rule": "structure fire", "acknowledgeWithinMs": 60000,
//                  "to": [["fire", 17, 2], ["police@110101005", 4, 0]]}, …],
//      "plans": […]}
extension IncidentRecord {
    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("event", event)
            json.member("category", category)
            json.member("severity", severity)
            json.member("status", status)
            json.member("grid", ifPresent: grid)
            json.member("rules", rules.value)
            json.array("alerts") { json in
                var rest = alerts[...]
                while let first = rest.first {
                    let group = rest.prefix { $0.addressee.isNamed(as: first.addressee) }
                    Alert.write(group, to: &json)
                    rest = rest.dropFirst(group.count)
                }
            }
            guard !plans.isEmpty else { return }
            json.array("plans") { json in
                for plan in plans { plan.write(to: &json) }
            }
        }
    }

    fileprivate convenience init(
        json: JSONNode, name: ReportName, report: [UInt8], _ shared: SharedParts
    ) throws {
        var alerts: [Alert] = []
        guard let groups = json["alerts"], groups.kind == .array else { throw UnreadableRecord(member: "alerts") }
        alerts.reserveCapacity(shared.begin())
        try groups.forEachElement { group in
            guard let to = group["to"], to.kind == .array else { throw UnreadableRecord(member: "to") }
            shared.beginGroup()
            try to.forEachElement { alert in alerts.append(try Alert(json: alert, of: group, shared)) }
        }
        self.init(
            name: name, event: try json.string("event"), category: try json.word("category"),
            severity: try json.word("severity"), status: try json.word("status"), grid: try json.grid(),
            alerts: alerts, plans: try shared.plans(json["plans"]), rules: Position(try json.integer("rules")),
            report: report)
    }
}

extension IncidentRecord.Alert {
    fileprivate static func write(_ group: ArraySlice<IncidentRecord.Alert>, to json: inout JSONWriter) {
        guard let addressee = group.first?.addressee else { return }
        json.object { json in
            json.member("purpose", addressee.purpose)
            json.member("rule", addressee.rule)
            if let milliseconds = addressee.acknowledgeWithinMilliseconds {
                json.member("acknowledgeWithinMs", milliseconds)
            }
            json.member("note", ifPresent: addressee.note)
            json.array("to") { json in
                for alert in group {
                    json.array { json in
                        json.recipient(alert.recipient)
                        json.integer(alert.number.value)
                        json.integer(Int64(alert.terminals))
                    }
                }
            }
        }
    }

    fileprivate init(json: JSONNode, of group: JSONNode, _ shared: SharedParts) throws {
        var (recipient, number, terminals) = (nil as JSONNode?, nil as Int64?, nil as Int64?)
        var count = 0
        json.forEachElement { part in
            switch count {
            case 0: recipient = part
            case 1: number = part.integer
            default: terminals = part.integer
            }
            count += 1
        }
        guard count == 3, let recipient, let number, number > 0, let terminals else {
            throw UnreadableRecord(member: "to")
        }
        self.init(
            try shared.addressee(recipient, of: group), number: AlertNumber(number),
            terminals: Int32(clamping: terminals))
    }
}

extension Plan {
    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("rule", rule)
            json.member("acknowledgeWithinMs", acknowledgeWithinMilliseconds)
            json.array("watched") { json in
                for index in watched { json.integer(index) }
            }
            json.array("steps") { json in
                for step in steps {
                    json.object { json in
                        json.member("afterMs", step.afterMilliseconds)
                        json.member("to", step.to)
                    }
                }
            }
        }
    }

    package init(json: JSONNode) throws {
        self.init(
            rule: try json.string("rule"), acknowledgeWithinMilliseconds: try json.integer("acknowledgeWithinMs"),
            watched: try json.array("watched") { element in
                guard let index = element.integer else { throw UnreadableRecord(member: "watched") }
                return Int(index)
            },
            steps: try json.array("steps") {
                Step(afterMilliseconds: try $0.integer("afterMs"), to: try $0.recipient("to"))
            })
    }
}

extension PersonalRecord {
    fileprivate init(json: JSONNode) throws {
        let state: AlertState = try json.word("state")
        guard state.isPersonal else { throw UnreadableRecord(member: "state") }
        self.init(
            recipient: try json.recipient(), numbers: try json.numbers(), state: state,
            person: Person(by: try json.string("by"), note: json["note"]?.string))
    }
}

extension EscalatedRecord {
    fileprivate init(json: JSONNode) throws {
        self.init(
            incident: IncidentNumber(try json.integer("incident")),
            plan: Int(Int32(clamping: try json.integer("plan"))),
            step: Int(Int32(clamping: try json.integer("step"))), recipient: try json.recipient(),
            number: AlertNumber(try json.integer("number")), cause: try json.word("cause"))
    }
}

extension JSONWriter {
    /// Ranges as `[[17,40],[42,42]]`.
    fileprivate mutating func member(_ name: StaticString, _ ranges: [ClosedRange<AlertNumber>]) {
        array(name) { json in
            for range in ranges {
                json.array { json in
                    json.integer(range.lowerBound.value)
                    json.integer(range.upperBound.value)
                }
            }
        }
    }
}

extension JSONNode {
    func string(_ name: StaticString) throws(UnreadableRecord) -> String {
        guard let value = self[name]?.string else { throw UnreadableRecord(member: "\(name)") }
        return value
    }

    fileprivate func integer(_ name: StaticString) throws(UnreadableRecord) -> Int64 {
        guard let value = self[name]?.integer else { throw UnreadableRecord(member: "\(name)") }
        return value
    }

    func word<Word: ReportWord>(_ name: StaticString) throws(UnreadableRecord) -> Word {
        guard let word = self[name]?.stringBytes.flatMap({ Word.table[$0] }) else {
            throw UnreadableRecord(member: "\(name)")
        }
        return word
    }

    fileprivate func recipient(_ name: StaticString = "recipient") throws(UnreadableRecord) -> Recipient {
        guard let recipient = Recipient(try string(name)) else { throw UnreadableRecord(member: "\(name)") }
        return recipient
    }

    fileprivate func array<Element>(
        _ name: StaticString, _ transform: (JSONNode) throws -> Element
    ) throws -> [Element] {
        guard let elements = try self[name]?.map(transform) else { throw UnreadableRecord(member: "\(name)") }
        return elements
    }

    /// A place that is not there is none; one that cannot be read is an error.
    fileprivate func grid() throws(UnreadableRecord) -> GridCode? {
        guard let grid = self["grid"] else { return nil }
        guard let code = grid.string.flatMap({ GridCode($0) }) else { throw UnreadableRecord(member: "grid") }
        return code
    }

    fileprivate func numbers() throws(UnreadableRecord) -> [ClosedRange<AlertNumber>] {
        guard let ranges = self["numbers"], ranges.kind == .array else { throw UnreadableRecord(member: "numbers") }
        var numbers: [ClosedRange<AlertNumber>] = []
        try ranges.forEachElement { (range) throws(UnreadableRecord) in
            let bounds = range.map { $0.integer ?? 0 } ?? []
            guard bounds.count == 2, bounds[0] > 0, bounds[0] <= bounds[1] else {
                throw UnreadableRecord(member: "numbers")
            }
            numbers.append(AlertNumber(bounds[0])...AlertNumber(bounds[1]))
        }
        guard !numbers.isEmpty else { throw UnreadableRecord(member: "numbers") }
        return numbers
    }
}
