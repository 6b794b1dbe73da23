public import TocsinModel

/// The answers to what needs the journal, while it does not do what it should.
extension Refusal {
    /// The answer to a request that needs a record while the journal takes none.
    public static let journalUnavailable = Refusal(
        .unavailable, "The journal cannot write just now. Nothing was stored; send it again.",
        retryAfterMilliseconds: 1000)

    /// The answer to what was under way when the journal failed. It may have been written.
    public static let notConfirmed = Refusal(
        .unavailable,
        "The journal failed meanwhile, and it is not confirmed that this is stored; send the same again, a report under the "
            + "same name.", retryAfterMilliseconds: 1000)

    /// The answer to a new report while the journal has no more room than its reserve for people's words.
    public static let noRoomForReports = Refusal(
        .unavailable, "The journal has no room for new reports just now. Nothing was stored; send it again.",
        retryAfterMilliseconds: 1000)

    /// The answer to RATE while the journal has no more room than its reserve for people's words.
    public static let noRoomForRatings = Refusal(
        .unavailable, "The journal has no room for ratings just now. Nothing was stored; send it again.",
        retryAfterMilliseconds: 1000)

    /// The answer to SUBSCRIBE while the journal has no more room than its reserve for people's words.
    public static let noRoomForSubscriptions = Refusal(
        .unavailable, "The journal has no room for subscriptions just now. Nothing was stored; send it again.",
        retryAfterMilliseconds: 1000)

    /// The answer to RELOAD while the journal takes no rules.
    public static let rulesNotTaken = Refusal(
        .unavailable,
        "The journal cannot write just now, and rules come into force only once they are in it. Those in force stay; "
            + "reload again when it can.",
        retryAfterMilliseconds: 1000)

    /// The answer to a request that asks for the state while the journal cannot be read.
    public static let stateUnknown = Refusal(
        .unavailable, "The journal cannot be read just now, so nothing is known of incidents and alerts. Ask again.",
        retryAfterMilliseconds: 1000)
}
