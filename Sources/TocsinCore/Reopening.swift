public import TocsinJournal
public import TocsinModel
import TocsinRouting
import TocsinWire

/// What is owed again when an incident is opened again: what its end has cut off. Where that has cut off nobody who had to
/// act, whoever had to act has to act again.
public struct Reopening: Sendable {
    /// The recipients, each once.
    public private(set) var addressees: [Addressee] = []
    /// The plans of the incident, each at its place. They watch these recipients.
    public private(set) var plans: [Plan]

    /// - Parameters:
    ///   - life: The incident, as it is on disk.
    ///   - isOpen: True if the broker has it as open.
    ///   - directory: The directory of now.
    ///   - fallback: Whoever stands in where somebody who had to act has no mailbox any more.
    ///   - now: The time.
    /// - Throws: A ``TocsinModel/Refusal`` `invalid` if it cannot be opened again, and `busy` if its end is not on disk.
    public init(
        of life: IncidentLife, isOpen: Bool, in directory: Directory, fallback: Recipient, now: Timestamp
    ) throws(Refusal) {
        try Self.check(life, isOpen: isOpen, now: now)
        plans = life.plans
        let places = collect(life, directory, fallback)
        guard addressees.contains(where: { $0.purpose == .action }) else {
            throw Self.refusal("Incident \(life.number) was for information: nobody has to act on it again.")
        }
        for index in plans.indices {
            var watched: [Int] = []
            for (alert, place) in places where addressees[place].purpose == .action && !watched.contains(place) {
                if life.isWatched(alert, by: life.plans[index]) { watched.append(place) }
            }
            plans[index].watched = watched
        }
    }

    private static func check(_ life: IncidentLife, isOpen: Bool, now: Timestamp) throws(Refusal) {
        let number = life.number
        guard !isOpen else { throw refusal("Incident \(number) is open.") }
        guard !life.isOpen, let endedAt = life.endedAt else {
            throw Refusal(
                .busy, "The end of incident \(number) is on its way to the disk.", retryAfterMilliseconds: 100)
        }
        guard !life.record.name.sender.isIdentical(to: LinkReport.sender) else {
            throw refusal("Incident \(number) is the broker's own, which opens and closes those of links itself.")
        }
        guard now - endedAt <= Limits.reopenWithin else {
            let days = Limits.reopenWithin.components.seconds / 86_400
            throw refusal(
                "Incident \(number) closed at \(endedAt), more than \(days) days ago. Report what happens now.")
        }
        guard life.reopenings < Limits.reopenings else {
            throw refusal(
                "Incident \(number) was opened again \(life.reopenings) times, and none is more often. Report what "
                    + "happens now.")
        }
    }

    private static func refusal(_ message: String) -> Refusal { Refusal(.invalid, message, field: "incident") }

    /// Collects the recipients.
    ///
    /// - Returns: The indices of the incident's alerts that are owed again, in order, each with that of its addressee.
    private mutating func collect(
        _ life: IncidentLife, _ directory: Directory, _ fallback: Recipient
    ) -> [(alert: Int, place: Int)] {
        var places: [(alert: Int, place: Int)] = []
        for index in life.owedAgain {
            let alert = life.alerts[index]
            let isGone = !directory.contains(alert.recipient)
            if isGone, alert.purpose == .information { continue }
            let addressee = Addressee(
                recipient: isGone ? fallback : alert.recipient, purpose: alert.purpose, rule: alert.rule,
                otherRules: alert.otherRules, acknowledgeWithinMilliseconds: life.acknowledgeWithin(index),
                note: isGone ? "stands in for \(alert.recipient), which is no longer there" : alert.note)
            let known = addressees.firstIndex { $0.recipient == addressee.recipient }
            if let known {
                if addressees[known].purpose == .information { addressees[known] = addressee }
            } else {
                addressees.append(addressee)
            }
            places.append((index, known ?? addressees.count - 1))
        }
        return places
    }
}

extension IncidentLife {
    /// The alerts that are owed again, in order.
    fileprivate var owedAgain: [Int] {
        // Of a recipient with several alerts the last one says how it stands.
        var latest: [Recipient: Int] = [:]
        for index in alerts.indices { latest[alerts[index].recipient] = index }
        let standing = alerts.indices.filter { latest[alerts[$0].recipient] == $0 }
        let isActionCutOff = standing.contains { alerts[$0].isCutOff && alerts[$0].purpose == .action }
        return standing.filter { alerts[$0].isCutOff || !isActionCutOff && alerts[$0].purpose == .action }
    }

    /// Returns true if a plan watches an alert, or another one of its recipient, or has brought it.
    fileprivate func isWatched(_ index: Int, by plan: Plan) -> Bool {
        watched(by: plan).contains { $0.recipient == alerts[index].recipient }
            || alerts[index].escalation > 0 && alerts[index].rule.isIdentical(to: plan.rule)
    }

    /// Returns the milliseconds that whoever has this alert had to acknowledge; nil for information.
    fileprivate func acknowledgeWithin(_ index: Int) -> Int64? {
        let alert = alerts[index]
        guard alert.purpose == .action else { return nil }
        let own = record.alerts.first { $0.recipient == alert.recipient && $0.purpose == .action }
        let times = plans.filter { isWatched(index, by: $0) }.map(\.acknowledgeWithinMilliseconds)
        return own?.addressee.acknowledgeWithinMilliseconds ?? times.min()
            ?? Rule.defaultAcknowledgeWithin.wholeMilliseconds
    }
}
