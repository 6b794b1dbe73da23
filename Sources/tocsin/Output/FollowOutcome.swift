import TocsinModel
import TocsinWire

/// The outcome of an incident that was followed to its end: who resolved or closed it, when, and what they said.
struct FollowOutcome {
    private struct Ending {
        let state: AlertState
        let person: Person
        let at: Timestamp
        var recipients: [Recipient]
    }

    private var endings: [Ending] = []

    /// Takes a change.
    mutating func take(_ progress: Progress) {
        guard case .alert(let state) = progress.event, state.isFinished, let person = progress.person,
            let recipient = progress.recipient
        else { return }
        // An operator who closes an incident cancels all alerts that are open with one word.
        if state == .cancelled,
            let index = endings.firstIndex(where: { $0.state == state && $0.person == person && $0.at == progress.at })
        {
            return endings[index].recipients.append(recipient)
        }
        endings.append(Ending(state: state, person: person, at: progress.at, recipients: [recipient]))
    }

    /// Returns the lines once it is closed; none if nobody said anything that was heard.
    ///
    ///     Outcome: resolved by Wang, desk 2 (fire) at 16:10:00: “put out”
    ///     Outcome: closed by Li at 16:10:00: “reported twice”
    func lines(style: Style, now: Timestamp = Clock.now) -> [String] {
        endings.map { ending in
            let isClosing = ending.state == .cancelled
            let whose = isClosing ? "" : " (\(ending.recipients.map(\.name).joined(separator: ", ")))"
            let note = ending.person.note.map { ": “\($0.printable)”" } ?? ""
            let what = "\(isClosing ? "closed" : "resolved") by \(ending.person.by.printable)\(whose)"
            return style.bold("Outcome:") + " \(what) at \(Clock.near(ending.at, now: now))\(note)"
        }
    }
}
