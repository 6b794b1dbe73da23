public import TocsinModel

/// What the broker would do with a report besides telling of it: keep its alerts still, or let it join an incident.
extension Explanation {
    /// What would keep a report's alerts still.
    public struct Silenced: Hashable, Sendable {
        public var silencing: Silencing
        /// Those who are told at once nonetheless, in the order of the addressees.
        public var told: [Recipient]

        public init(_ silencing: Silencing, told: [Recipient] = []) {
            self.silencing = silencing
            self.told = told
        }
    }

    /// What a report must have in common with those of an open incident to join it.
    public enum Correlates: Hashable, Sendable {
        /// One of the happenings that the report names, within so many milliseconds. No rule is asked.
        case happenings([String], withinMilliseconds: Int64)
        /// What the first rule that matches and correlates looks at. Of a report that lacks some of it, which is said, it
        /// lets nothing join.
        case rule(Correlation, lacks: [Correlation.Field])
    }

    /// The time from which on the timetable counts, where it is known: the end of the silence, or the time that was asked
    /// for. Nil for that of storing.
    public var start: Timestamp? { silenced?.silencing.until ?? at }

    /// Adds what would keep the alerts of a report still at its time, and by what it would find an incident to join.
    ///
    /// Alerts and Updates are kept still, Cancels never, and only Alerts join. Whether there is an incident to join is not
    /// said.
    ///
    /// - Parameters:
    ///   - subject: The report that is explained.
    ///   - rules: The rules that explain it.
    ///   - silences: The operators' silences; those that are not over at the report's time count.
    public mutating func addOutlook(
        of subject: Case, by rules: Ruleset, _ silences: SilenceTable = SilenceTable()
    ) {
        correlates = subject.report.correlates(by: routing.correlation)
        guard let hush = rules.hush(subject, routing, silences) else { return }
        routing = hush.routing
        silenced = Silenced(hush.silencing, told: hush.told.sorted().map { hush.routing.addressees[$0].recipient })
    }
}

extension Report {
    /// Returns by what the report would find an incident to join; nil if by nothing.
    fileprivate func correlates(by correlation: Correlation?) -> Explanation.Correlates? {
        guard messageType == .alert else { return nil }
        // Who names the happening knows better than the rule.
        if let key = happeningKeys.first {
            return .happenings(happenings, withinMilliseconds: key.withinMilliseconds)
        }
        return correlation.map { .rule($0, lacks: lacking(for: $0)) }
    }
}

// MARK: - JSON

extension Explanation {
    /// Writes the members `silenced` and `correlates`, each where the explanation has it.
    ///
    ///     "silenced": {"silence": 7, "until": T, "told": ["leader@110101"]},
    ///     "correlates": {"rule": "smoke", "by": ["event", "grid"], "withinMs": 600000, "lacks": ["grid"]}
    ///
    /// A silence of the rules file is a `window`: its name. `told` and `lacks` are there where they name something. Where the
    /// report names its happenings, `happenings` stands for `rule` and `by`.
    func writeOutlook(to json: inout JSONWriter) {
        if let silenced {
            json.object("silenced") { json in
                silenced.silencing.writeMembers(to: &json)
                guard !silenced.told.isEmpty else { return }
                json.array("told") { json in
                    for recipient in silenced.told { json.recipient(recipient) }
                }
            }
        }
        if let correlates {
            json.object("correlates") { json in correlates.writeMembers(to: &json) }
        }
    }

    /// Reads what ``writeOutlook(to:)`` writes. Earlier brokers do not have it.
    mutating func readOutlook(_ json: JSONNode) throws(Refusal) {
        if let node = json["silenced"] {
            guard let silencing = try Silencing(ifIn: node) else { throw .isMissing("silence") }
            silenced = Silenced(silencing, told: try node.member(ifPresent: "told") ?? [])
        }
        if let node = json["correlates"] { correlates = try Correlates(json: node) }
    }
}

extension Explanation.Correlates {
    fileprivate func writeMembers(to json: inout JSONWriter) {
        switch self {
        case .happenings(let names, let within):
            json.array("happenings") { json in
                for name in names { json.string(name) }
            }
            json.member("withinMs", within)
        case .rule(let correlation, let lacks):
            json.member("rule", correlation.rule)
            json.array("by") { json in
                for field in correlation.fields { json.string(field.rawValue) }
            }
            json.member("withinMs", correlation.withinMilliseconds)
            guard !lacks.isEmpty else { return }
            json.array("lacks") { json in
                for field in lacks { json.string(field.rawValue) }
            }
        }
    }

    fileprivate init(json: JSONNode) throws(Refusal) {
        let within: Int64 = try json.member("withinMs")
        if let names: [String] = try json.member(ifPresent: "happenings") {
            self = .happenings(names, withinMilliseconds: within)
        } else {
            let fields: [Correlation.Field] = try json.member("by")
            self = .rule(
                Correlation(rule: try json.member("rule"), by: fields, withinMilliseconds: within),
                lacks: try json.member(ifPresent: "lacks") ?? [])
        }
    }
}
