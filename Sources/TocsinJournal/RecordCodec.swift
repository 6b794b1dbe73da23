public import TocsinModel

/// Writes records as JSON bodies, and reads them back. An incident's name and report are kept beside its body.
///
/// The bodies are JSON, so that the journal's file can be queried in plain SQL. A codec belongs to one thread.
public struct RecordCodec {
    private let parser = JSONParser(maximumBytes: Limits.recordBytes)
    private let shared = SharedParts()

    public init() {}

    /// Writes a record's body.
    public static func write(_ record: JournalRecord, to json: inout JSONWriter) {
        switch record {
        case .incident(let incident), .joined(let incident): incident.write(to: &json)
        case .received(let received):
            json.object { json in
                json.member("recipient", received.recipient)
                json.member("numbers", received.numbers)
                json.member("principal", ifPresent: received.principal)
            }
        case .personal(let personal):
            json.object { json in
                json.member("recipient", personal.recipient)
                json.member("numbers", personal.numbers)
                json.member("state", personal.state)
                json.member("by", personal.person.by)
                json.member("note", ifPresent: personal.person.note)
                json.member("principal", ifPresent: personal.person.principal)
            }
        case .escalated(let escalated):
            json.object { json in
                json.member("incident", escalated.incident.value)
                json.member("plan", escalated.plan)
                json.member("step", escalated.step)
                json.member("recipient", escalated.recipient)
                json.member("number", escalated.number.value)
                json.member("cause", escalated.cause)
                json.member("lateMs", ifPresent: escalated.lateMilliseconds)
            }
        case .rung(let rung): rung.write(to: &json)
        case .stoodDown(let stoodDown): stoodDown.write(to: &json)
        case .closed(let closed):
            json.object { json in
                json.member("incident", closed.incident.value)
                json.member("by", closed.person.by)
                json.member("reason", ifPresent: closed.person.note)
                json.member("principal", ifPresent: closed.person.principal)
            }
        case .reopened(let reopened): reopened.write(to: &json)
        case .rules(let rules):
            json.object { json in
                // An earlier version reads only this member, the rules' text.
                json.member("text", rules.texts.rules)
                json.member("departments", ifPresent: rules.texts.departments.ifAny)
                json.member("grids", ifPresent: rules.texts.grids.ifAny)
                json.member("clients", ifPresent: rules.texts.clients.ifAny)
                json.member("holidays", ifPresent: rules.texts.holidays.ifAny)
                json.member("duty", ifPresent: rules.texts.duty.ifAny)
                if let after = rules.after { json.member("after", after.value) }
                if rules.continues { json.member("continues", true) }
                json.member("principal", ifPresent: rules.principal)
                if let closed = rules.connectionsClosed { json.member("connectionsClosed", closed) }
                json.member("refusal", ifPresent: rules.refusal)
            }
        case .subscribed(let subscription): subscription.write(to: &json)
        case .unsubscribed(let unsubscribed): unsubscribed.write(to: &json)
        case .rated(let rated): rated.write(to: &json)
        case .silenced(let silence): silence.write(to: &json)
        case .unsilenced(let unsilenced): unsilenced.write(to: &json)
        case .removed(let removed): removed.write(to: &json)
        }
    }

    /// Reads a body of the given kind. An incident's name and report are not part of its body.
    ///
    /// - Throws: ``UnreadableRecord`` for a body that no version can have written.
    public func read(
        _ kind: JournalRecord.Kind, body: UnsafeRawBufferPointer, name: ReportName? = nil, report: [UInt8] = []
    ) throws(UnreadableRecord) -> JournalRecord {
        do {
            return try parser.parse(body) { json in try record(kind, json, name, report) }
        } catch {
            throw UnreadableRecord(description: (error as? Refusal)?.message ?? "Its body is not JSON: \(error)")
        }
    }

    private func record(
        _ kind: JournalRecord.Kind, _ json: JSONNode, _ name: ReportName?, _ report: [UInt8]
    ) throws(Refusal) -> JournalRecord {
        switch kind {
        case .incident: .incident(try IncidentRecord(json: json, name: name, report: report, shared))
        case .joined: .joined(try IncidentRecord(json: json, name: name, report: report, shared))
        case .received:
            .received(
                ReceivedRecord(
                    recipient: try json.member("recipient"), numbers: try json.numbers(),
                    principal: try json.member(ifPresent: "principal")))
        case .personal: .personal(try PersonalRecord(json: json))
        case .escalated: .escalated(try EscalatedRecord(json: json))
        case .rung: .rung(try RungRecord(json: json))
        case .stoodDown: .stoodDown(try StoodDownRecord(json: json))
        case .closed:
            .closed(
                ClosedRecord(
                    incident: try json.incident(),
                    person: Person(
                        by: try json.member("by"), note: try json.member(ifPresent: "reason"),
                        principal: try json.member(ifPresent: "principal"))))
        case .reopened: .reopened(try ReopenedRecord(json: json, shared))
        case .rules:
            .rules(
                RulesRecord(
                    RuleTexts(
                        rules: try json.member("text"), departments: try json.member(ifPresent: "departments") ?? "",
                        grids: try json.member(ifPresent: "grids") ?? "",
                        clients: try json.member(ifPresent: "clients") ?? "",
                        holidays: try json.member(ifPresent: "holidays") ?? "",
                        duty: try json.member(ifPresent: "duty") ?? ""),
                    after: try json.member(ifPresent: "after"),
                    continues: try json.member(ifPresent: "continues") ?? false,
                    principal: try json.member(ifPresent: "principal"),
                    connectionsClosed: try json.member(ifPresent: "connectionsClosed"),
                    refusal: try json.member(ifPresent: "refusal")))
        case .subscribed: .subscribed(try Subscription(json: json))
        case .unsubscribed: .unsubscribed(try UnsubscribedRecord(json: json))
        case .rated: .rated(try RatedRecord(json: json))
        case .silenced: .silenced(try Silence(json: json))
        case .unsilenced: .unsilenced(try UnsilencedRecord(json: json))
        case .removed: .removed(try RemovedRecord(json: json, name: name))
        }
    }
}

/// The error of a record's body that cannot be read.
public struct UnreadableRecord: Error, Equatable, CustomStringConvertible {
    public let description: String
}

// An incident's body. Recipients that one rule names for one purpose stand together, as [recipient, number, terminals].
// A report is told to several recipients, and repeating the rest for each would be a third of the journal.
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
            json.member("principal", ifPresent: principal)
            news?.writeBody(to: &json)
            writeCorrelation(to: &json)
            Self.writeAlerts(alerts, plans, to: &json)
        }
    }

    /// Writes alerts and plans as members of a record.
    static func writeAlerts(_ alerts: [Alert], _ plans: [Plan], to json: inout JSONWriter) {
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

    /// Reads the alerts of a record.
    static func alerts(of json: JSONNode, _ shared: SharedParts) throws(Refusal) -> [Alert] {
        var alerts: [Alert] = []
        alerts.reserveCapacity(shared.begin())
        try json.forEachElement(of: "alerts") { (group) throws(Refusal) in
            shared.beginGroup()
            try group.forEachElement(of: "to") { (alert) throws(Refusal) in
                alerts.append(try Alert(json: alert, of: group, shared))
            }
        }
        return alerts
    }

    fileprivate convenience init(
        json: JSONNode, name: ReportName?, report: [UInt8], _ shared: SharedParts
    ) throws(Refusal) {
        let alerts = try Self.alerts(of: json, shared)
        // A report that was taken out of an incident had its name before.
        let split = try ReportSplit.read(json)
        self.init(
            name: split?.name ?? name ?? ReportName(sender: "", identifier: ""), event: try json.member("event"),
            category: try json.member("category"),
            severity: try json.member("severity"), status: try json.member("status"),
            grid: try json.member(ifPresent: "grid"), alerts: alerts, plans: try shared.plans(of: json),
            rules: try json.member("rules"), report: report, principal: try json.member(ifPresent: "principal"),
            news: try ReportNews(body: json), correlation: try CorrelationKey.read(json), split: split?.split)
    }
}

extension IncidentRecord.Alert {
    fileprivate static func write(_ group: ArraySlice<IncidentRecord.Alert>, to json: inout JSONWriter) {
        guard let addressee = group.first?.addressee else { return }
        json.object { json in
            json.member("purpose", addressee.purpose)
            json.member("rule", addressee.rule)
            json.rules(addressee.rule, addressee.otherRules)
            if let milliseconds = addressee.acknowledgeWithinMilliseconds {
                json.member("acknowledgeWithinMs", milliseconds)
            }
            json.member("note", ifPresent: addressee.note)
            json.member("joined", ifPresent: addressee.joined)
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

    fileprivate init(json: JSONNode, of group: JSONNode, _ shared: SharedParts) throws(Refusal) {
        var (recipient, number, terminals) = (nil as JSONNode?, nil as AlertNumber?, nil as Int64?)
        var count = 0
        json.forEachElement { part in
            switch count {
            case 0: recipient = part
            case 1: number = AlertNumber(json: part)
            default: terminals = part.integer
            }
            count += 1
        }
        guard count == 3, let recipient, let number, let terminals else {
            throw Refusal(json, as: "to", mustBe: "[recipient, number, terminals]")
        }
        self.init(
            try shared.addressee(recipient, of: group), number: number, terminals: Int32(clamping: terminals))
    }
}

extension PersonalRecord {
    fileprivate init(json: JSONNode) throws(Refusal) {
        let state: AlertState = try json.member("state")
        guard state.isPersonal else { throw Refusal(member: "state", "must be a person's word; it is \(state)") }
        self.init(
            recipient: try json.member("recipient"), numbers: try json.numbers(), state: state,
            person: Person(
                by: try json.member("by"), note: try json.member(ifPresent: "note"),
                principal: try json.member(ifPresent: "principal")))
    }
}

extension EscalatedRecord {
    fileprivate init(json: JSONNode) throws(Refusal) {
        self.init(
            incident: try json.incident(), plan: try json.clamped("plan"), step: try json.clamped("step"),
            recipient: try json.member("recipient"), number: AlertNumber(try json.member("number")),
            cause: try json.member("cause"), lateMilliseconds: try json.member(ifPresent: "lateMs"))
    }
}

extension JSONWriter {
    /// Writes ranges as `[[17,40],[42,42]]`.
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

extension String {
    fileprivate var ifAny: String? { isEmpty ? nil : self }
}

extension JSONNode {
    /// Reads the incident's number as it was written. An earlier version took numbers that no incident can have.
    func incident() throws(Refusal) -> IncidentNumber {
        IncidentNumber(try member("incident") as Int64)
    }

    /// Reads the index of a plan or a step, which no caller can mistake for one that there is.
    func clamped(_ name: StaticString) throws(Refusal) -> Int {
        Int(Int32(clamping: try member(name) as Int64))
    }

    func clamped(ifPresent name: StaticString) throws(Refusal) -> Int? {
        (try member(ifPresent: name) as Int64?).map { Int(Int32(clamping: $0)) }
    }

    fileprivate func numbers() throws(Refusal) -> [ClosedRange<AlertNumber>] {
        let numbers = try elements("numbers") { (range) throws(Refusal) in
            let bounds: [AlertNumber] = try range.read(as: "numbers")
            guard bounds.count == 2, bounds[0] <= bounds[1] else {
                throw Refusal(range, as: "numbers", mustBe: "ranges, each [first, last]")
            }
            return bounds[0]...bounds[1]
        }
        guard !numbers.isEmpty else { throw Refusal(member: "numbers", "must not be empty") }
        return numbers
    }
}
