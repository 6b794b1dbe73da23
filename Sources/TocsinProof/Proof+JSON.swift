public import TocsinModel
import TocsinRouting

extension Proof {
    /// Writes the proof as one object. Durations are in milliseconds; an example is a report as a client would send it.
    ///
    ///     {"complete": true, "stopped": false, "oneRuleAtATime": false, "classes": 397824, "sets": 2837,
    ///      "unconfirmed": [], "unasked": 0, "omissions": [],
    ///      "gaps": [{"properties": [{"name": "category", "values": "Geo, Safety"}], "classes": 1280,
    ///                "example": {"at": …, "report": {…}}}], "moreGaps": false, "informed": [], "moreInformed": false, "unnamed": ["System", "Test", "Draft"],
    ///      "idle": [{"rule": "small fires", "line": 17, "behind": [{"rule": "any fire", "line": 9}]}],
    ///      "unreached": [{"name": "judicial-worker", "level": "grid", "count": 12, "all": 589, "examples": […]}],
    ///      "leaderless": [{"rule": …, "line": …, "recipients": ["gas"], "lastStep": {"afterMs": 120000, "to": "fire"},
    ///                      "example": …}],
    ///      "standIns": [{"withoutPlace": true, "levels": ["district"], "leaders": ["leader@street"], "rules": […],
    ///                    "example": …}],
    ///      "alerts": {"allowed": 5, "most": 6, "crowds": [{"recipient": "leader@district", "alerts": 6, "rules": […],
    ///                 "example": …}]}}
    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("complete", extent.isComplete)
            json.member("stopped", extent.isStopped)
            json.member("oneRuleAtATime", extent.isThrifty)
            json.key("classes")
            json.double(extent.classes)
            json.member("sets", extent.sets)
            json.strings("unconfirmed", extent.unconfirmed)
            json.member("unasked", extent.unasked)
            json.strings("omissions", extent.omissions)
            json.array("gaps") { json in
                for gap in gaps { gap.write(to: &json) }
            }
            json.member("moreGaps", hasMoreGaps)
            json.array("informed") { json in
                for gap in informed { gap.write(to: &json) }
            }
            json.member("moreInformed", hasMoreInformed)
            json.strings("unnamed", unnamed)
            json.array("idle") { json in
                for rule in idle { rule.write(to: &json) }
            }
            json.array("unreached") { json in
                for mailboxes in unreached { mailboxes.write(to: &json) }
            }
            json.array("leaderless") { json in
                for rule in leaderless { rule.write(to: &json) }
            }
            json.array("standIns") { json in
                for standIn in standIns { standIn.write(to: &json) }
            }
            json.object("alerts") { json in
                json.member("allowed", wishes.alerts)
                json.member("most", mostAlerts)
                json.array("crowds") { json in
                    for crowd in crowds { crowd.write(to: &json) }
                }
            }
        }
    }
}

extension Proof.Gap {
    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            json.array("properties") { json in
                for property in properties {
                    json.object { json in
                        json.member("name", property.name)
                        json.member("values", property.values)
                        if property.isAbsent { json.member("absent", true) }
                    }
                }
            }
            json.key("classes")
            json.double(classes)
            example?.write(to: &json)
        }
    }
}

extension Proof.RulePlace {
    fileprivate func writeMembers(to json: inout JSONWriter) {
        json.member("rule", name)
        json.member("line", ifPresent: line.map { Int64($0) })
    }
}

extension Proof.IdleRule {
    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            rule.writeMembers(to: &json)
            json.rules("behind", behind)
        }
    }
}

extension Proof.Unreached {
    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("name", name)
            if let level { json.member("level", level) }
            json.member("count", count)
            json.member("all", all)
            json.strings("examples", examples.map(\.name))
        }
    }
}

extension Proof.Leaderless {
    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            rule.writeMembers(to: &json)
            json.strings("recipients", recipients.map(\.description))
            if let last {
                json.object("lastStep") { json in
                    json.member("afterMs", last.after.wholeMilliseconds)
                    json.member("to", last.to.description)
                }
            }
            example?.write(to: &json)
        }
    }
}

extension Proof.StandIn {
    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("withoutPlace", isWithoutPlace)
            json.strings("levels", levels.map(\.rawValue))
            json.strings("leaders", leaders.map(\.description))
            json.rules("rules", rules)
            example?.write(to: &json)
        }
    }
}

extension Proof.Crowd {
    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("recipient", recipient.description)
            json.member("alerts", alerts)
            json.rules("rules", rules)
            example?.write(to: &json)
        }
    }
}

extension Example {
    fileprivate func write(to json: inout JSONWriter) {
        json.object("example") { json in
            json.member("at", at)
            json.member("report", raw: report)
        }
    }
}

extension JSONWriter {
    fileprivate mutating func strings(_ name: StaticString, _ texts: [String]) {
        array(name) { json in
            for text in texts { json.string(text) }
        }
    }

    fileprivate mutating func rules(_ name: StaticString, _ rules: [Proof.RulePlace]) {
        array(name) { json in
            for rule in rules {
                json.object { json in rule.writeMembers(to: &json) }
            }
        }
    }
}
