/// The life of one alert: the transitions of its state. This is the only place that decides them. The broker, INCIDENT,
/// the journal in memory and the simulator ask here. A test holds the journal's views to it.
///
///     state                     RECEIVED    a person's word    rung again    stood down, CLOSE
///     queued, sent              received    the word           stays         silenced or cancelled
///     received                  stays       the word           queued        the same; information stays
///     acknowledged … declined   stays       the word           queued        the same; information stays
///     silenced                  stays       the word           queued        the same
///     resolved, cancelled       stays       stays              stays         stays
///
/// A finished alert stays finished. A machine's word never takes back a person's. Information is settled when it is
/// delivered, and does not ring again; silenced information that a terminal has RECEIVED is delivered.
extension AlertState {
    /// Returns the state of an alert for this purpose after a word about it. The word is `sent`, `received`, a person's
    /// word, `queued` for one that rings again, `silenced`, or `cancelled` for one that is stood down for good.
    public func after(_ word: AlertState, for purpose: Purpose) -> AlertState {
        guard !isFinished else { return self }
        return switch word {
        case .queued: awaitsDelivery || isSettled(for: purpose) ? self : .queued
        case .sent: self == .queued ? .sent : self
        case .received: isDelivered || self == .silenced && purpose == .action ? self : .received
        case .acknowledged, .enRoute, .onScene, .resolved, .declined: word
        case .cancelled, .silenced: isSettled(for: purpose) ? self : word
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
    public func isUnanswered(for purpose: Purpose) -> Bool { purpose == .action && !isTaken && self != .silenced }

    /// True while a person's word alone is missing: some terminal has had the alert, and nobody has taken it. It comes
    /// to no terminal by itself any more.
    public func awaitsPerson(for purpose: Purpose) -> Bool { isDelivered && isUnanswered(for: purpose) }
}
