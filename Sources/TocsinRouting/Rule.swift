public import TocsinModel

/// One rule: the reports it applies to, the recipients it tells, and the steps taken when nobody answers.
public struct Rule: Hashable, Sendable {
    /// A recipient of a rule. A role is that at the place of that size that the report's grid lies in.
    public typealias Target = Directory.Target

    /// A further recipient that is told when nobody has acknowledged for the given time.
    public struct Step: Hashable, Sendable {
        public var after: Duration
        public var to: Target
        /// The time after which everybody of the rule who has not answered is rung again, and again; the last step's only.
        public var repeating: Duration?
        /// The least severity of what is rung from this step on.
        public var raise: Severity?
    }

    /// The time to acknowledge where a rule does not give one.
    public static let defaultAcknowledgeWithin: Duration = .seconds(300)
    /// The longest time that a rule may give. An alert that is open for a week is a matter for people.
    public static let longestDuration: Duration = .seconds(7 * 24 * 3600)
    /// The longest time within which a rule may promise an answer. Chinese law gives a petition 60 days, and 30 more.
    public static let longestFeedback: Duration = .seconds(90 * 24 * 3600)
    /// The shortest time after which a rule may ring somebody again.
    public static let shortestRepetition: Duration = .seconds(1)
    /// The most characters of a rule's name, which travels with every alert.
    public static let nameCharacters = 128

    /// The name for people. No other rule of the file has the same name.
    public var name: String
    public var conditions: Conditions
    /// The recipients that must acknowledge.
    public var notify: [Target]
    /// The recipients that must be told.
    public var inform: [Target]
    /// The recipients that are told when whoever reported rates the incident low.
    public var ratedLow: [Target]
    /// True if such a rating opens the incident again.
    public var reopensWhenRatedLow = false
    public var acknowledgeWithin: Duration
    /// Whose answer is asked for.
    public var requirement = Plan.Requirement.each
    /// The time for which nobody need have joined a recipient for the next step to be taken early; nil for never.
    public var unattendedAfter: Duration?
    /// The time without a word after which an acknowledged alert is owed again; nil for never.
    public var reopenAfter: Duration?
    /// The time after the report within which whoever reported is promised an answer; nil for no promise.
    public var feedbackWithin: Duration?
    /// How later reports of one happening are told from others; nil if each is an incident of its own.
    public var correlation: Correlation?
    /// The steps in strictly ascending order of time.
    public var steps: [Step]
    /// True if a match of this rule ends the list.
    public var stop: Bool
    /// The line of the file at which the rule begins; nil for a rule that no file has.
    public var line: Int?

    package init(
        name: String, conditions: Conditions, notify: [Target], inform: [Target], ratedLow: [Target] = [],
        acknowledgeWithin: Duration, steps: [Step], stop: Bool, line: Int? = nil
    ) {
        self.name = name
        self.conditions = conditions
        self.notify = notify
        self.inform = inform
        self.ratedLow = ratedLow
        self.acknowledgeWithin = acknowledgeWithin
        self.steps = steps
        self.stop = stop
        self.line = line
    }
}
