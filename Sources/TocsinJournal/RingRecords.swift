public import TocsinModel

/// An alert that rings again, or for one more reason. It goes back to `queued`, unless it still waits to be delivered.
public struct RungRecord: Hashable, Sendable {
    /// Why it rings.
    public enum Cause: String, ReportWord {
        public static let table = WordTable(Cause.self)

        /// Nobody has answered.
        case unanswered
        /// Somebody declined.
        case declined
        /// Nobody had joined a recipient that was told before.
        case unattended
        /// Somebody had taken it, and nothing was heard since.
        case silent
        /// A silence had kept it still, and is over.
        case lifted
        /// Whoever reported was promised an answer, and has not got it in time.
        case feedback
    }

    public var incident: IncidentNumber
    public var recipient: Recipient
    public var number: AlertNumber
    public var cause: Cause
    /// The index of the plan that rings it; nil where no plan does.
    public var plan: Int?
    /// The index of the plan's step that has led to a recipient who has the alert already; nil for a repetition.
    public var step: Int?
    /// The time to acknowledge, in milliseconds from this record on; nil if the time that it has stays.
    public var acknowledgeWithinMilliseconds: Int64?
    /// The time by which the broker was late, in milliseconds, as after a time when it did not run; nil for in time.
    public var lateMilliseconds: Int64?

    /// True if the plans that watch the alert begin anew.
    public var beginsAnew: Bool {
        switch cause {
        case .silent, .lifted: true
        // Their first step may have led to the alert already.
        case .feedback: step == nil
        case .unanswered, .declined, .unattended: false
        }
    }

    public init(
        incident: IncidentNumber, recipient: Recipient, number: AlertNumber, cause: Cause, plan: Int? = nil,
        step: Int? = nil, acknowledgeWithinMilliseconds: Int64? = nil, lateMilliseconds: Int64? = nil
    ) {
        self.incident = incident
        self.recipient = recipient
        self.number = number
        self.cause = cause
        self.plan = plan
        self.step = step
        self.acknowledgeWithinMilliseconds = acknowledgeWithinMilliseconds
        self.lateMilliseconds = lateMilliseconds
    }
}

/// An alert that nobody need answer, for now or for good: another recipient has answered, or a silence keeps it still.
public struct StoodDownRecord: Hashable, Sendable {
    /// Why nobody need answer.
    public enum Cause: Hashable, Sendable {
        /// The recipient who has answered, and the person there.
        case answered(Recipient, by: String)
        case silenced(Silencing)
    }

    public var incident: IncidentNumber
    public var recipient: Recipient
    public var number: AlertNumber
    /// `silenced` while somebody else has it in hand, or a silence lasts; `cancelled` once the other one has resolved it.
    public var state: AlertState
    public var cause: Cause

    /// - Precondition: The state is `silenced` or `cancelled`.
    public init(
        incident: IncidentNumber, recipient: Recipient, number: AlertNumber, state: AlertState, cause: Cause
    ) {
        precondition(state == .silenced || state == .cancelled, "An alert is stood down for now or for good.")
        self.incident = incident
        self.recipient = recipient
        self.number = number
        self.state = state
        self.cause = cause
    }
}
