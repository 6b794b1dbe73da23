import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinWire

/// The words of people and programs to the broker. The journal must contain nothing else.
struct Hearsay {
    struct Word: Hashable {
        let alert: AlertName
        let state: AlertState
        let by: String
    }

    var received: Set<AlertName> = []
    var words: Set<Word> = []
    var closings: Set<IncidentNumber> = []
    var reopenings: Set<IncidentNumber> = []
    /// The senders of Cancels.
    var cancellers: Set<String> = []
    var subscriptions: [Subscription] = []
    var ends: Set<Subscription.Key> = []
    var ratings: Set<RatedRecord> = []
    var silences: Set<Silence> = []
    var unsilenced: Set<Position> = []
    /// The reports that operators have taken out of incidents.
    var splits: Set<ReportName> = []
    /// The alerts of which RECEIVED was said although no terminal had them. The broker believes its terminals, and need
    /// not deliver these alerts.
    private(set) var lies: Set<AlertName> = []

    /// Notes the received numbers that no terminal has seen, if they may have been given.
    mutating func noteLies(_ seen: [Set<AlertNumber>], _ recipient: Recipient, _ numbers: NumberList) {
        for number in numbers.ranges.joined() where number.value < SimulatedTerminal.strange {
            if seen.contains(where: { $0.contains(number) }) { continue }
            lies.insert(AlertName(recipient: recipient, number: number))
        }
    }

    mutating func hear(_ input: Input) {
        switch input {
        case .received(_, let recipient, let numbers):
            for number in numbers.ranges.joined() where number.value < SimulatedTerminal.strange {
                received.insert(AlertName(recipient: recipient, number: number))
            }
        case .acknowledge(_, let recipient, let number, let person):
            hear(recipient, number, .acknowledged, person)
        case .decline(_, let recipient, let number, let person): hear(recipient, number, .declined, person)
        case .status(_, let recipient, let number, let state, let person): hear(recipient, number, state, person)
        case .close(_, _, let incident, _): closings.insert(incident)
        case .reopen(_, _, let life, _): reopenings.insert(life.number)
        case .report(_, _, let report, _, _, _, _, _) where report.messageType == .cancel:
            cancellers.insert(report.name.sender)
        case .subscribe(_, let subscription): subscriptions.append(subscription)
        case .unsubscribe(_, let unsubscribed): ends.insert(unsubscribed.key)
        case .rate(_, _, let rated, _): ratings.insert(rated)
        case .silence(_, _, let silence): silences.insert(silence)
        case .split(_, _, let wish): splits.insert(wish.name)
        case .unsilence(_, _, let number, _): unsilenced.insert(number)
        case .report, .follow, .join, .leave, .subscriptions, .ping, .heard, .clientHeard, .unreachable, .reporterGone,
            .tick:
            break
        }
    }

    private mutating func hear(_ recipient: Recipient, _ number: AlertNumber, _ state: AlertState, _ person: Person) {
        words.insert(Word(alert: AlertName(recipient: recipient, number: number), state: state, by: person.by))
    }
}
