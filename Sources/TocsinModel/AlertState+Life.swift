/// The life of one alert: how its state follows from what is said of it. This is the one place that decides it; the
/// broker, INCIDENT, the journal in memory and the simulator ask here, and the journal's views are held to it by a test.
///
///     state                     RECEIVED    a person's word    CLOSE
///     queued, sent              received    the word           cancelled
///     received                  stays       the word           cancelled; information stays
///     acknowledged … declined   stays       the word           cancelled; information stays
///     resolved, cancelled       stays       stays              stays
///
/// What is finished stays so. A machine's word never takes back a person's. Information is settled when it is delivered.
extension AlertState {
    /// How an alert for this purpose stands after a word about it: `sent`, `received`, a person's word, or `cancelled` for
    /// the closing of its incident.
    public func after(_ word: AlertState, for purpose: Purpose) -> AlertState {
        guard !isFinished else { return self }
        return switch word {
        case .queued: self
        case .sent: self == .queued ? .sent : self
        case .received: isDelivered ? self : .received
        case .acknowledged, .enRoute, .onScene, .resolved, .declined: word
        case .cancelled: isSettled(for: purpose) ? self : .cancelled
        }
    }

    /// Whether nothing more is owed: delivered is enough for information, action must be resolved or cancelled.
    public func isSettled(for purpose: Purpose) -> Bool {
        switch purpose {
        case .information: isDelivered
        case .action: isFinished
        }
    }

    /// Whether a plan that watches the alert must go on: somebody must take it, and nobody has.
    public func isUnanswered(for purpose: Purpose) -> Bool { purpose == .action && !isTaken }
}
