/// The life of one alert: the transitions of its state. This is the only place that decides them. The broker, INCIDENT,
/// the journal in memory and the simulator ask here. A test holds the journal's views to it.
///
///     state                     RECEIVED    a person's word    CLOSE
///     queued, sent              received    the word           cancelled
///     received                  stays       the word           cancelled; information stays
///     acknowledged … declined   stays       the word           cancelled; information stays
///     resolved, cancelled       stays       stays              stays
///
/// A finished alert stays finished. A machine's word never takes back a person's. Information is settled when it is
/// delivered.
extension AlertState {
    /// Returns the state of an alert for this purpose after a word about it. The word is `sent`, `received`, a person's
    /// word, or `cancelled` for the closing of its incident.
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

    /// True if nothing more is owed. Information need only be delivered; action must be resolved or cancelled.
    public func isSettled(for purpose: Purpose) -> Bool {
        switch purpose {
        case .information: isDelivered
        case .action: isFinished
        }
    }

    /// True while a plan that watches the alert must go on: somebody must take the alert, and nobody has.
    public func isUnanswered(for purpose: Purpose) -> Bool { purpose == .action && !isTaken }

    /// True while a person's word alone is missing: some terminal has had the alert, and nobody has taken it. It comes
    /// to no terminal by itself any more.
    public func awaitsPerson(for purpose: Purpose) -> Bool { isDelivered && isUnanswered(for: purpose) }
}
