/// The escalation that one rule wants while the recipients it notifies have not answered. Times count from when the
/// report was stored, or from when an acknowledgement lapsed.
public struct Plan: Hashable, Sendable {
    /// Whose answer a rule asks for.
    public enum Requirement: String, ReportWord {
        public static let table = WordTable(Requirement.self)

        /// Every recipient that the rule notifies must answer.
        case each
        /// One of them is enough. Then the others are stood down until that one declines.
        case any
    }

    /// One further recipient that is told.
    public struct Step: Hashable, Sendable {
        public var afterMilliseconds: Int64
        public var to: Recipient
        /// The time after which everybody of the rule who has not answered is rung again, and again; the last step's only.
        public var repeatMilliseconds: Int64?
        /// The least severity of what is rung from this step on.
        public var raise: Severity?

        public init(
            afterMilliseconds: Int64, to: Recipient, repeatMilliseconds: Int64? = nil, raise: Severity? = nil
        ) {
            self.afterMilliseconds = afterMilliseconds
            self.to = to
            self.repeatMilliseconds = repeatMilliseconds
            self.raise = raise
        }

        public init(after: Duration, to: Recipient, repeating: Duration? = nil, raise: Severity? = nil) {
            self.init(
                afterMilliseconds: after.wholeMilliseconds, to: to, repeatMilliseconds: repeating?.wholeMilliseconds,
                raise: raise)
        }

        public var after: Duration { .milliseconds(afterMilliseconds) }
    }

    public var rule: String
    /// The time that the notified recipients have to acknowledge. Recipients told by a step have as long from then on.
    public var acknowledgeWithinMilliseconds: Int64
    /// The watched recipients, as indices into the list of recipients, each once.
    public var watched: [Int]
    /// The steps in strictly ascending order of time; may be empty.
    public var steps: [Step]
    public var requirement: Requirement
    /// The time for which nobody need have joined a recipient for the next step to be taken early; nil for never.
    public var unattendedAfterMilliseconds: Int64?
    /// The time without a further word after which an alert that somebody has taken is owed again; nil for never.
    public var reopenAfterMilliseconds: Int64?
    /// The time after the report within which whoever reported is promised an answer: those whom the rule has asked have
    /// resolved it, or it was closed. Nil for no promise.
    public var feedbackWithinMilliseconds: Int64?

    public init(
        rule: String, acknowledgeWithinMilliseconds: Int64, watched: [Int], steps: [Step],
        requirement: Requirement = .each, unattendedAfterMilliseconds: Int64? = nil,
        reopenAfterMilliseconds: Int64? = nil, feedbackWithinMilliseconds: Int64? = nil
    ) {
        self.rule = rule
        self.acknowledgeWithinMilliseconds = acknowledgeWithinMilliseconds
        self.watched = watched
        self.steps = steps
        self.requirement = requirement
        self.unattendedAfterMilliseconds = unattendedAfterMilliseconds
        self.reopenAfterMilliseconds = reopenAfterMilliseconds
        self.feedbackWithinMilliseconds = feedbackWithinMilliseconds
    }

    public init(rule: String, acknowledgeWithin: Duration, watched: [Int], steps: [Step]) {
        self.init(
            rule: rule, acknowledgeWithinMilliseconds: acknowledgeWithin.wholeMilliseconds, watched: watched,
            steps: steps)
    }

    public var acknowledgeWithin: Duration { .milliseconds(acknowledgeWithinMilliseconds) }

    /// True if the broker must know the plan to keep it: it has steps, or an acknowledgement may lapse, or an answer is
    /// promised, or one answer stands the others down.
    public var hasWork: Bool {
        !steps.isEmpty || reopenAfterMilliseconds != nil || feedbackWithinMilliseconds != nil || requirement == .any
    }

    /// The time after which whoever owes the promised answer is asked for it again, and again: the time that was promised,
    /// or a day where that is longer. Nil for no promise.
    public var feedbackAgainMilliseconds: Int64? { feedbackWithinMilliseconds.map { min($0, Self.day) } }

    private static let day: Int64 = 24 * 3_600_000

    /// Returns true if the next step is taken when its time comes: nobody has answered where one is enough, or somebody
    /// has not where each must.
    ///
    /// - Parameter state: the state of the watched alert with an index; nil where there is none.
    public func goesOn(_ state: (Int) -> (state: AlertState, purpose: Purpose)?) -> Bool {
        var isUnanswered = false
        for index in watched {
            guard let alert = state(index) else { continue }
            if alert.state.isUnanswered(for: alert.purpose) { isUnanswered = true }
            if requirement == .any, alert.state.isInHand || alert.state == .resolved { return false }
        }
        return isUnanswered
    }

    /// Returns the least severity of what is rung once so many steps are taken; nil if no step has raised it.
    public func raised(afterSteps count: Int) -> Severity? {
        steps.prefix(count).lazy.compactMap(\.raise).max()
    }

    /// Returns the time, in milliseconds after the report, until which whoever a step has told at `delay` must
    /// acknowledge.
    public func deadlineMilliseconds(toldAfter delay: Int64) -> Int64 { delay + acknowledgeWithinMilliseconds }

    public static func == (left: Plan, right: Plan) -> Bool {
        left.rule.isIdentical(to: right.rule)
            && left.acknowledgeWithinMilliseconds == right.acknowledgeWithinMilliseconds
            && left.watched == right.watched && left.steps == right.steps && left.requirement == right.requirement
            && left.unattendedAfterMilliseconds == right.unattendedAfterMilliseconds
            && left.reopenAfterMilliseconds == right.reopenAfterMilliseconds
            && left.feedbackWithinMilliseconds == right.feedbackWithinMilliseconds
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(bytesOf: rule)
        hasher.combine(steps)
    }
}
