import TocsinModel
import TocsinProof

/// A rehearsal, for programs.
enum RehearsalJSON {
    /// `{"incident":17,"storedAt":T,…,"recipients":[{"recipient":"ems","changes":["added"],"after":{"toldAfterMs":0}}]}`
    static func object(_ incident: PastIncident, _ changes: [RecipientChange]) -> [UInt8] {
        makeJSON { json in
            json.member("incident", incident.number.value)
            json.member("storedAt", incident.storedAt)
            json.member("event", incident.report.event)
            json.member("headline", ifPresent: incident.report.headline)
            json.member("category", incident.report.category)
            json.member("severity", incident.report.severity)
            json.member("status", incident.report.status)
            json.array("recipients") { json in
                for change in changes {
                    json.object { json in
                        json.member("recipient", change.recipient)
                        json.array("changes") { json in for kind in change.kinds { json.string(kind.rawValue) } }
                        if let before = change.before { json.object("before") { before.write(to: &$0) } }
                        if let after = change.after { json.object("after") { after.write(to: &$0) } }
                    }
                }
            }
        }
    }

    /// `{"since":T,"unreadable":0,"real":{…},"exercises":{…}}`
    static func totals(_ play: JournalRehearsal, since: Timestamp) -> [UInt8] {
        makeJSON { json in
            json.member("since", since)
            json.member("unreadable", play.unreadable)
            json.object("real") { play.rehearsal.real.write(to: &$0) }
            json.object("exercises") { play.rehearsal.exercises.write(to: &$0) }
            json.array("subscriptionsNotInForce") { json in
                for line in play.trial.new.subscriptionsNotInForce {
                    json.object { json in
                        json.member("recipient", line.subscription.key.recipient)
                        json.member("name", line.subscription.key.name.text)
                        json.member("reason", line.obstacle ?? "")
                    }
                }
            }
        }
    }
}

extension FirstAlerts {
    fileprivate func write(to json: inout JSONWriter) {
        json.member("toldAfterMs", afterMilliseconds)
        json.member("mustAcknowledgeAfterMs", ifPresent: actionAfterMilliseconds)
    }
}

extension Rehearsal.Totals {
    /// `"incidents":12,"changed":3,"recipients":[{"recipient":"ems","added":3,"dropped":0,…}]`
    fileprivate func write(to json: inout JSONWriter) {
        json.member("incidents", incidents)
        json.member("changed", changed)
        json.array("recipients") { json in
            for (recipient, counts) in recipients {
                json.object { json in
                    json.member("recipient", recipient)
                    json.member("added", counts[.added])
                    json.member("dropped", counts[.dropped])
                    json.member("sooner", counts[.sooner])
                    json.member("later", counts[.later])
                    json.member("mustAcknowledge", counts[.mustAcknowledge])
                    json.member("onlyInformed", counts[.onlyInformed])
                }
            }
        }
    }
}

/// A rehearsal, for a spreadsheet.
enum RehearsalTable {
    static let header = CSV.record([
        "incident", "stored", "status", "severity", "category", "event", "headline", "recipient", "changes",
        "before ms", "before action ms", "after ms", "after action ms",
    ])

    /// The records of one incident.
    static func records(_ incident: PastIncident, _ changes: [RecipientChange]) -> String {
        let report = incident.report
        let facts = [
            "\(incident.number)", "\(incident.storedAt)", report.status.rawValue, report.severity.rawValue,
            report.category.rawValue, report.event, report.headline ?? "",
        ]
        return changes.map { change in
            CSV.record(
                facts + [change.recipient.name, change.kinds.map(\.rawValue).joined(separator: " ")]
                    + fields(change.before) + fields(change.after))
        }.joined()
    }

    private static func fields(_ alerts: FirstAlerts?) -> [String] {
        [alerts?.afterMilliseconds, alerts?.actionAfterMilliseconds].map { $0.map(String.init) ?? "" }
    }
}
