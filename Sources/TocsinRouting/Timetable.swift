public import TocsinModel

/// What the broker does about a report while nobody answers, from the moment of storing to the end.
///
///     for moment in Timetable(routing).moments { print(moment.after, moment.told.map(\.recipient)) }
///
/// It is the broker's own plan, followed with its own judgement of who has not answered: the same incident, left alone,
/// gives the same alerts at the same times. An answer, a decline or a close changes what follows.
public struct Timetable: Hashable, Sendable {
    /// One recipient that is told.
    public struct Telling: Hashable, Sendable {
        public var recipient: Recipient
        public var purpose: Purpose
        public var rule: String
        /// 0, or the step of the rule's escalation, from 1 on.
        public var step: Int
        /// The plan of the routing to which the step belongs. The step has waited for those whom the plan watches. Nil for
        /// those who are told at once.
        public var plan: Int?
        /// True if the recipient has been told before.
        public var isAgain: Bool
    }

    /// A time at which something happens.
    public struct Moment: Hashable, Sendable {
        /// The time after the report, in milliseconds.
        public var afterMilliseconds: Int64
        /// Those who should have acknowledged by now, each once.
        public var overdue: [Recipient]
        /// Those who are told now.
        public var told: [Telling]

        public var after: Duration { .milliseconds(afterMilliseconds) }

        /// Returns the time at which it comes, or nil after the year 9999, which cannot be written.
        func time(storedAt stored: Timestamp) -> Timestamp? {
            let time = stored + after
            return time.isExpressible ? time : nil
        }
    }

    /// A rule that rings everybody again whom it has told and who has not answered, again and again.
    public struct Repetition: Hashable, Sendable {
        public var rule: String
        /// The time after the report of the last step, from which on it repeats.
        public var fromMilliseconds: Int64
        public var everyMilliseconds: Int64

        public var from: Duration { .milliseconds(fromMilliseconds) }
        public var every: Duration { .milliseconds(everyMilliseconds) }
    }

    /// The moments, in ascending order. The first is that of storing.
    public let moments: [Moment]
    /// Those who must answer and have not, each once. Nobody else is told after the last moment, and the incident stays
    /// open because of them.
    public let unanswered: [Recipient]
    /// The rules that ring them again, in the order of the rules.
    public let repetitions: [Repetition]

    public init(_ routing: Routing) {
        var draft = Draft()
        for addressee in routing.addressees { draft.tell(addressee) }
        for (index, plan) in routing.plans.enumerated()
        where plan.goesOn({ (.queued, routing.addressees[$0].purpose) }) {
            draft.add(plan, at: index)
        }
        repetitions = routing.plans.compactMap { plan in
            guard let last = plan.steps.last, let every = last.repeatMilliseconds else { return nil }
            return Repetition(
                rule: plan.rule, fromMilliseconds: last.afterMilliseconds, everyMilliseconds: every)
        }
        moments = draft.inOrder
        unanswered = draft.mustAct
    }
}

/// The moments as they are found, by their time.
private struct Draft {
    private var moments: [Int64: Timetable.Moment] = [:]
    private(set) var mustAct: [Recipient] = []
    /// Until when each of them has time: whoever is told again has the earlier of the times.
    private var deadlines: [Recipient: Int64] = [:]

    /// The moments in the order of time. Whoever is told a second time is marked so.
    var inOrder: [Timetable.Moment] {
        var (moments, told) = (moments, Set<Recipient>())
        for recipient in mustAct {
            guard let deadline = deadlines[recipient] else { continue }
            moments[deadline, default: .init(afterMilliseconds: deadline, overdue: [], told: [])].overdue.append(
                recipient)
        }
        return moments.values.sorted { $0.afterMilliseconds < $1.afterMilliseconds }.map { moment in
            var moment = moment
            for index in moment.told.indices {
                moment.told[index].isAgain = !told.insert(moment.told[index].recipient).inserted
            }
            return moment
        }
    }

    mutating func tell(_ addressee: Addressee) {
        tell(
            Timetable.Telling(
                recipient: addressee.recipient, purpose: addressee.purpose, rule: addressee.rule, step: 0, plan: nil,
                isAgain: false), at: 0, deadline: addressee.acknowledgeWithinMilliseconds)
    }

    mutating func add(_ plan: Plan, at place: Int) {
        for (index, step) in plan.steps.enumerated() {
            tell(
                Timetable.Telling(
                    recipient: step.to, purpose: .action, rule: plan.rule, step: index + 1, plan: place,
                    isAgain: false), at: step.afterMilliseconds,
                deadline: plan.deadlineMilliseconds(toldAfter: step.afterMilliseconds))
        }
    }

    private mutating func tell(_ telling: Timetable.Telling, at time: Int64, deadline: Int64?) {
        moments[time, default: .init(afterMilliseconds: time, overdue: [], told: [])].told.append(telling)
        guard let deadline else { return }
        if deadlines[telling.recipient] == nil { mustAct.append(telling.recipient) }
        deadlines[telling.recipient] = min(deadlines[telling.recipient] ?? .max, deadline)
    }
}

extension Timetable {
    /// Writes the timetable as two members of an object. `at` is there if the time of storing is given.
    ///
    ///     "timetable": [
    ///        {"afterMs": 0, "at": T, "told": [{"recipient": "fire", "purpose": "action", "rule": "structure fire"}]},
    ///        {"afterMs": 60000, "at": T, "overdue": ["fire"],
    ///         "told": [{"recipient": "leader@110101", "purpose": "action", "rule": "structure fire", "step": 1,
    ///                   "plan": 0, "again": true}]},
    ///        {"afterMs": 120000, "at": T, "overdue": ["leader@110101"]}],
    ///     "unanswered": ["fire", "leader@110101"],
    ///     "repetitions": [{"rule": "structure fire", "fromMs": 180000, "everyMs": 180000}]
    ///
    /// `overdue` and `told` are there where they name somebody, `step` and `plan` where a step tells, which waits for whom that
    /// plan watches, and `again` where the recipient has been told before. `repetitions` is there where a rule repeats.
    /// A moment after the year 9999 has no `at`.
    public func writeMembers(to json: inout JSONWriter, at stored: Timestamp?) {
        json.array("timetable") { json in
            for moment in moments {
                json.object { json in
                    json.member("afterMs", moment.afterMilliseconds)
                    json.member("at", ifPresent: stored.flatMap { moment.time(storedAt: $0) })
                    if !moment.overdue.isEmpty {
                        json.array("overdue") { json in
                            for recipient in moment.overdue { json.recipient(recipient) }
                        }
                    }
                    guard !moment.told.isEmpty else { return }
                    json.array("told") { json in
                        for telling in moment.told { telling.write(to: &json) }
                    }
                }
            }
        }
        json.array("unanswered") { json in
            for recipient in unanswered { json.recipient(recipient) }
        }
        guard !repetitions.isEmpty else { return }
        json.array("repetitions") { json in
            for repetition in repetitions {
                json.object { json in
                    json.member("rule", repetition.rule)
                    json.member("fromMs", repetition.fromMilliseconds)
                    json.member("everyMs", repetition.everyMilliseconds)
                }
            }
        }
    }
}

extension Timetable.Telling {
    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("recipient", recipient)
            json.member("purpose", purpose)
            json.member("rule", rule)
            if let plan {
                json.member("step", step)
                json.member("plan", plan)
            }
            if isAgain { json.member("again", true) }
        }
    }
}
