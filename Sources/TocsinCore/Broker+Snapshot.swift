import TocsinJournal
import TocsinModel
import TocsinWire

/// The durable state as a value that the journal can keep, so that a start need not read its whole history.
///
/// A snapshot says what the fold of the records up to its position says, and nothing else: restoring it and folding the
/// rest gives the same state as folding everything. It is JSON; what has a place in a list is named by that place:
///
///     {"version": 1, "position": 1234, "rules": 7, "rulesText": "…", "names": ["structure fire", …],
///      "mailboxes": [["fire", 18], …],                              recipient, next number
///      "incidents": [{"number": …, "storedAt": …, …, "plans": […],
///                     "alerts": [[0, 17, 3, 60000, 1, 0, "received", 1], …]}]}
///                     mailbox, number, name, ms to acknowledge or -1, action, escalation, state, received
extension Broker {
    private static let snapshotVersion: Int64 = 1

    /// The state after the last record, as bytes for ``restore(_:now:)``.
    public func snapshot() -> [UInt8] {
        var json = JSONWriter(capacity: 4096)
        json.object { json in
            json.member("version", Self.snapshotVersion)
            json.member("position", lastPosition.value)
            json.member("rules", rulesPosition.value)
            json.member("rulesText", ifPresent: rulesText)
            json.array("names") { json in
                for name in ruleNames.all { json.string(name) }
            }
            json.array("mailboxes") { json in
                for mailbox in mailboxes {
                    json.array { json in
                        json.string(mailbox.recipient.name)
                        json.integer(mailbox.next.value)
                    }
                }
            }
            json.array("incidents") { json in
                for slot in incidents.inUse.sorted(by: { incidents[$0].number < incidents[$1].number }) {
                    incidents[slot].write(to: &json)
                }
            }
        }
        return json.bytes
    }

    /// Alerts of incidents that are open: what a snapshot costs.
    public var openAlertCount: Int { mailboxes.reduce(0) { $0 + $1.openCount } }

    /// Puts a new broker into a snapshot's state. The records after its position must be folded next.
    ///
    /// - Throws: an error when this is not a snapshot that this version has written; the broker is then of no use.
    public mutating func restore(_ snapshot: [UInt8], now: Moment) throws {
        try JSONParser(maximumBytes: snapshot.count).parse(snapshot) { json in
            guard try json.requiredInteger("version") == Self.snapshotVersion else {
                throw Refusal(.unsupported, "The snapshot has another version.")
            }
            lastPosition = Position(try json.requiredInteger("position"))
            rulesPosition = Position(try json.requiredInteger("rules"))
            rulesText = json["rulesText"]?.string
            let names = try json["names"]?.map { ruleNames.id(of: try $0.requireString("name")) } ?? []
            try json["mailboxes"]?.forEachElement { mailbox in try restoreMailbox(mailbox) }
            try json["incidents"]?.forEachElement { incident in try restoreIncident(incident, names, now: now) }
        }
    }

    private mutating func restoreMailbox(_ json: JSONNode) throws {
        let values = try json.values(2)
        guard let recipient = values[0].string.flatMap({ Recipient($0) }) else { throw SnapshotDamage.mailbox }
        let id = mailboxID(recipient)
        mailboxes[id.index].restoreNext(AlertNumber(try values[1].number()))
    }

    private mutating func restoreIncident(_ json: JSONNode, _ names: [NameID], now: Moment) throws {
        var incident = try OpenIncident(json: json, now: now)
        let slot = incidents.next
        try json["alerts"]?.forEachElement { node in
            let alert = try OpenAlert(json: node, names: names, mailboxes: mailboxes.count)
            if !alert.isSettled {
                mailboxes[alert.mailbox.index].restore(
                    alert.number, at: AlertPlace(slot: slot, index: incident.alerts.count),
                    severity: incident.severity, isDelivered: alert.state.isDelivered)
                incident.owed += 1
            }
            incident.alerts.append(alert)
        }
        incidents.add(incident)
        for plan in incident.plans.indices { arm(plan, of: slot) }
    }
}

/// What is wrong with a snapshot that cannot be restored.
private enum SnapshotDamage: Error {
    case mailbox, incident, alert
}

extension OpenIncident {
    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("number", number.value)
            json.member("storedAt", storedAt.milliseconds)
            json.member("severity", severity.rawValue)
            json.member("status", status.rawValue)
            json.member("category", category.rawValue)
            json.member("grid", ifPresent: grid?.description)
            json.member("bytes", Int64(reportBytes))
            json.array("plans") { json in
                for open in plans {
                    json.object { json in
                        json.member("nextStep", open.nextStep)
                        json.key("plan")
                        open.plan.write(to: &json)
                    }
                }
            }
            json.array("alerts") { json in
                for alert in alerts { alert.write(to: &json) }
            }
        }
    }

    /// Reads everything but the alerts.
    fileprivate init(json: JSONNode, now: Moment) throws {
        let storedAt = Timestamp(milliseconds: try json.requiredInteger("storedAt"))
        let plans = try json["plans"]?.map { node in
            guard let plan = node["plan"] else { throw SnapshotDamage.incident }
            let nextStep = Int(try node.requiredInteger("nextStep"))
            return OpenPlan(plan: try IncidentRecord.Plan(json: plan), nextStep: nextStep)
        }
        self.init(
            number: IncidentNumber(try json.requiredInteger("number")), storedAt: storedAt,
            storedUptime: now.uptime(of: storedAt), severity: try json.requiredWord("severity"),
            status: try json.requiredWord("status"), category: try json.requiredWord("category"),
            grid: json["grid"]?.string.flatMap { GridCode($0) },
            reportBytes: Int32(clamping: try json.requiredInteger("bytes")), alerts: [], plans: plans ?? [], owed: 0)
    }
}

extension OpenAlert {
    fileprivate func write(to json: inout JSONWriter) {
        json.array { json in
            json.integer(mailbox.index)
            json.integer(number.value)
            json.integer(rule.position)
            json.integer(acknowledgeBy ?? -1)
            json.integer(purpose == .action ? 1 : 0)
            json.integer(Int(escalation))
            // That it has been sent is not in the journal either: after a start everything undelivered is queued.
            json.string(state == .sent ? AlertState.queued.rawValue : state.rawValue)
            json.integer(isReceived ? 1 : 0)
        }
    }

    fileprivate init(json: JSONNode, names: [NameID], mailboxes: Int) throws {
        let values = try json.values(8)
        let (mailbox, name) = (Int(try values[0].number()), Int(try values[2].number()))
        guard (0..<mailboxes).contains(mailbox), names.indices.contains(name),
            let state = values[6].string.flatMap({ AlertState(rawValue: $0) })
        else { throw SnapshotDamage.alert }
        let acknowledgeBy = try values[3].number()
        self.init(
            mailbox: MailboxID(index: mailbox), number: AlertNumber(try values[1].number()), rule: names[name],
            acknowledgeBy: acknowledgeBy < 0 ? nil : acknowledgeBy,
            purpose: try values[4].number() == 1 ? .action : .information,
            escalation: UInt16(clamping: try values[5].number()), state: state,
            isReceived: try values[7].number() == 1)
    }
}

extension JSONNode {
    /// The elements of an array that must have so many.
    fileprivate func values(_ count: Int) throws -> [JSONNode] {
        guard let values = map({ $0 }), values.count == count else { throw SnapshotDamage.alert }
        return values
    }

    fileprivate func number() throws -> Int64 {
        guard let integer else { throw SnapshotDamage.alert }
        return integer
    }
}
