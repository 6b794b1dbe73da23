/// The escalation that one rule wants while the recipients it notifies have not answered. Times count from when the
/// report was stored.
public struct Plan: Hashable, Sendable {
    /// One further recipient that is told.
    public struct Step: Hashable, Sendable {
        public var afterMilliseconds: Int64
        public var to: Recipient

        public init(afterMilliseconds: Int64, to: Recipient) {
            self.afterMilliseconds = afterMilliseconds
            self.to = to
        }

        public init(after: Duration, to: Recipient) {
            self.init(afterMilliseconds: after.wholeMilliseconds, to: to)
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

    public init(rule: String, acknowledgeWithinMilliseconds: Int64, watched: [Int], steps: [Step]) {
        self.rule = rule
        self.acknowledgeWithinMilliseconds = acknowledgeWithinMilliseconds
        self.watched = watched
        self.steps = steps
    }

    public init(rule: String, acknowledgeWithin: Duration, watched: [Int], steps: [Step]) {
        self.init(
            rule: rule, acknowledgeWithinMilliseconds: acknowledgeWithin.wholeMilliseconds, watched: watched,
            steps: steps)
    }

    public var acknowledgeWithin: Duration { .milliseconds(acknowledgeWithinMilliseconds) }

    /// Returns true if the next step is taken when its time comes: somebody whom the plan watches has not answered.
    ///
    /// - Parameter isUnanswered: says it of the watched recipient with an index.
    public func goesOn(_ isUnanswered: (Int) -> Bool) -> Bool { watched.contains(where: isUnanswered) }

    /// Returns the time, in milliseconds after the report, until which whoever a step has told at `delay` must
    /// acknowledge.
    public func deadlineMilliseconds(toldAfter delay: Int64) -> Int64 { delay + acknowledgeWithinMilliseconds }

    public static func == (left: Plan, right: Plan) -> Bool {
        left.rule.isIdentical(to: right.rule)
            && left.acknowledgeWithinMilliseconds == right.acknowledgeWithinMilliseconds
            && left.watched == right.watched && left.steps == right.steps
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(bytesOf: rule)
        hasher.combine(steps)
    }
}
