public import TocsinModel

/// Operators' silences: those that are in force, with their conditions read, and those that the directory does not allow
/// now, as a place that they name is gone.
///
/// There are few, so a report is judged by one after the other.
public struct SilenceTable: Sendable {
    private struct Entry: Sendable {
        let silence: Silence
        /// Nil before the rules have been read, or where they do not allow it.
        var conditions: Conditions?
        var obstacle: String?
        /// True once its time has passed, whatever the civil clock shows later.
        var isOver = false

        func stands(at time: Timestamp) -> Bool { !isOver && silence.until > time }
    }

    private var entries: [Position: Entry] = [:]
    /// The rules by whose directory the conditions are read; nil before the first ones.
    private var rules: Ruleset?

    public init() {}

    public var isEmpty: Bool { entries.isEmpty }

    public var count: Int { entries.count }

    public subscript(number: Position) -> Silence? { entries[number]?.silence }

    /// Every silence, in the order of their numbers, also those that are over and have not been removed.
    public var lines: [SilenceLine] {
        entries.sorted { $0.key < $1.key }.map { SilenceLine($0.key, $0.value.silence, obstacle: $0.value.obstacle) }
    }

    /// Returns those that are not over at a time.
    public func standing(at time: Timestamp) -> SilenceTable {
        var table = self
        table.entries = entries.filter { $0.value.stands(at: time) }
        return table
    }

    /// Returns true if a silence stands at a time.
    public func stands(_ number: Position, at time: Timestamp) -> Bool { entries[number]?.stands(at: time) ?? false }

    /// Notes that the time of a silence has passed. It does not stand again if the civil clock is set back.
    public mutating func end(_ number: Position) {
        entries[number]?.isOver = true
    }

    public mutating func add(_ silence: Silence, at number: Position) {
        entries[number] = read(silence)
    }

    public mutating func remove(_ number: Position) {
        entries[number] = nil
    }

    /// Removes what is over at a time, once there is much of it.
    public mutating func removeMany(overAt time: Timestamp) {
        guard entries.count >= Self.manyTimes * Limits.silences else { return }
        entries = entries.filter { $0.value.silence.until > time }
    }

    private static let manyTimes = 10

    /// Reads every silence by rules, unless it has been read by these very ones.
    public mutating func read(by rules: Ruleset) {
        guard !(self.rules?.isIdentical(to: rules) ?? false) else { return }
        self.rules = rules
        for (number, entry) in entries {
            entries[number] = read(entry.silence)
            entries[number]?.isOver = entry.isOver
        }
    }

    private func read(_ silence: Silence) -> Entry {
        guard let rules else { return Entry(silence: silence) }
        do throws(Refusal) {
            return Entry(silence: silence, conditions: try rules.conditions(of: silence.when))
        } catch {
            return Entry(silence: silence, obstacle: error.message)
        }
    }

    /// Returns the number of a silence that asks for the same and stands at a time: one that is sent again because its
    /// answer was lost.
    public func number(of silence: Silence, at time: Timestamp) -> Position? {
        entries.first { $0.value.silence == silence && $0.value.stands(at: time) }?.key
    }

    /// Refuses a silence that the conditions or the bounds do not allow.
    ///
    /// - Throws: a ``TocsinModel/Refusal``: `tooLarge` and `invalid` for the conditions, `invalid` for an end that is over or
    ///   too far away, and for one silence too many.
    public func check(_ silence: Silence, by rules: Ruleset, now: Timestamp) throws(Refusal) {
        let bytes = silence.when.utf8.count
        guard bytes <= Limits.conditionBytes else {
            throw Refusal(
                .tooLarge,
                "The conditions have \(bytes) bytes as JSON without spaces; at most \(Limits.conditionBytes) are allowed.",
                field: "when")
        }
        guard silence.until > now else {
            throw Refusal(.invalid, "until must be in the future; it is \(silence.until).", field: "until")
        }
        guard silence.until <= now + .seconds(Limits.silenceDays * 86_400) else {
            throw Refusal(
                .invalid,
                "until is \(silence.until); a silence has at most \(Limits.silenceDays) days. One that is always wanted is a "
                    + "change of the rules.", field: "until")
        }
        guard entries.values.count(where: { $0.stands(at: now) }) < Limits.silences else {
            throw Refusal(
                .invalid, "There are \(Limits.silences) silences, and no room for more; UNSILENCE one first.",
                field: "when")
        }
        try Self.check(silence.when, by: rules)
    }

    /// Refuses conditions that a silence cannot have.
    public static func check(_ when: String, by rules: Ruleset) throws(Refusal) {
        guard try !rules.conditions(of: when).asked.isEmpty else {
            throw Refusal(
                .invalid, "when must have a condition; without one everything would be silent.", field: "when")
        }
    }

    /// Returns the silence that keeps a report still, the one that lasts longest; nil if none does.
    public func match(_ subject: Case) -> (number: Position, silence: Silence)? {
        var found: (number: Position, silence: Silence)?
        for (number, entry) in entries {
            guard entry.stands(at: subject.now), let conditions = entry.conditions,
                entry.silence.evenExtreme || subject.report.severity != .extreme
            else { continue }
            if let found {
                // Of two that last as long, the first that was asked for.
                guard (entry.silence.until, found.number) > (found.silence.until, number) else { continue }
            }
            if conditions.firstUnmet(by: subject) == nil { found = (number, entry.silence) }
        }
        return found
    }
}

/// What keeps the alerts of a report still, and which of them ring nonetheless.
public struct Hush: Hashable, Sendable {
    public let silencing: Silencing
    /// The indices of the routing's addressees who are told in any case: of an Extreme report whoever is informed, and the
    /// leaders, whom the rules' last steps name.
    public let told: Set<Int>
    /// The routing, with a leader added where it has none.
    public let routing: Routing
}

extension Ruleset {
    /// Returns what keeps a report still at its time: an operator's silence, or else one of the rules file. Alerts and Updates
    /// are kept still; a Cancel asks for nothing, and whoever is at work must hear of it.
    ///
    /// - Parameters:
    ///   - subject: The report.
    ///   - routing: Its routing.
    ///   - silences: The operators' silences.
    ///   - still: Whoever has to act on the incident that the report has joined, and is kept still: being informed of this
    ///     report is no reason to be told.
    /// - Returns: Nil if the alerts ring.
    public func hush(
        _ subject: Case, _ routing: Routing, _ silences: SilenceTable, still: Set<Recipient> = []
    ) -> Hush? {
        guard subject.report.messageType != .cancel else { return nil }
        let silencing: Silencing
        if let (number, silence) = silences.match(subject) {
            silencing = Silencing(.silence(number), until: silence.until)
        } else if let window = windows.first(where: { $0.keepsStill(subject) }), let end = window.end(at: subject.now) {
            silencing = Silencing(.window(window.name), until: end)
        } else {
            return nil
        }
        guard subject.report.severity == .extreme else { return Hush(silencing: silencing, told: [], routing: routing) }
        var routing = routing
        var leaders = Set(routing.plans.compactMap(\.steps.last?.to))
        func isInformed(_ addressee: Addressee) -> Bool {
            addressee.purpose == .information && !still.contains(addressee.recipient)
        }
        if leaders.isEmpty, !routing.addressees.contains(where: isInformed) { leaders = [fallback] }
        routing = routing.informing(leaders.sorted(), rule: Self.silenceRule)
        let told = routing.addressees.indices.filter { index in
            isInformed(routing.addressees[index]) || leaders.contains(routing.addressees[index].recipient)
        }
        return Hush(silencing: silencing, told: Set(told), routing: routing)
    }

    /// The name that stands for a rule's where a leader is told of an Extreme report that is kept still.
    public static let silenceRule = "silence"
}

extension SilenceWindow {
    fileprivate func keepsStill(_ subject: Case) -> Bool {
        (evenExtreme || subject.report.severity != .extreme) && hours.contains(subject.now)
            && conditions.firstUnmet(by: subject) == nil
    }
}

extension Routing {
    /// Returns this routing with further recipients, who are informed if nothing else tells them.
    fileprivate func informing(_ recipients: [Recipient], rule: String) -> Routing {
        let new = recipients.filter { recipient in !addressees.contains { $0.recipient == recipient } }
        guard !new.isEmpty else { return self }
        return Routing(
            addressees + new.map { Addressee(recipient: $0, purpose: .information, rule: rule) }, plans: plans,
            keptPlans: keptPlans)
    }
}
