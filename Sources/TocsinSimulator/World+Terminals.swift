import TocsinCore
import TocsinModel
import TocsinWire

/// A department terminal and the person at it. It remembers every alert it has received, whatever happens to it.
struct SimulatedTerminal {
    /// A person's word about an alert, until the broker confirms it.
    struct Word {
        var state: AlertState
        var isConfirmed = false
    }

    /// The lowest of the numbers that are never given.
    static let strange = Int64(1000)

    let index: Int
    let recipient: Recipient
    let name: String
    var connection: Connection
    var hasAskedToJoin = false
    var isJoined = false
    /// True while it is connected and neither reads nor answers.
    var isDeaf = false
    /// The messages that it will read when it wakes.
    var unread: [Message] = []
    /// The time at which it comes back, after it has left or crashed.
    var awayUntil: Int64 = 0
    var seen: Set<AlertNumber> = []
    var words: [(number: AlertNumber, word: Word)] = []
    /// What it has asked for about its recipient's subscriptions, and the last record on disk when the broker heard of
    /// it.
    var wish: (wish: Ledger.Wish, heardAt: Position?)?
    /// The alerts of which it has not said RECEIVED.
    var unsaid: Set<AlertNumber> = []
    let credit: Int
    /// The most milliseconds that the person takes to speak.
    let slowness: Int64

    init(index: Int, recipient: Recipient, using random: inout SplitMix64) {
        self.index = index
        self.recipient = recipient
        name = "\(recipient)-\(index)"
        connection = Connection(actor: .terminal(index))
        credit = Int(random.pick(1...4))
        slowness = random.chance(30) ? 60_000 : 8000
    }

    /// Breaks the connection. The next one has no state.
    mutating func reconnect() {
        connection.number += 1
        hasAskedToJoin = false
        isJoined = false
        wish = nil
        unread = []
    }
}

extension World {
    /// Lets the terminal look around, now and again later.
    mutating func look(_ index: Int) {
        events.add(.look(terminal: index), at: now + random.pick(1000...4000))
        guard now >= terminals[index].awayUntil else { return }
        if terminals[index].isDeaf {
            if random.chance(10) { wake(index) }
        } else if !terminals[index].isJoined {
            terminals[index].hasAskedToJoin = true
            say(index) { .join($0.connection.peer, $0.recipient, terminal: $0.name, credit: $0.credit) }
        } else if !misbehaves(index) {
            for (number, word) in terminals[index].words where !word.isConfirmed { repeatWord(index, number, word) }
            sayReceived(index)
            if profile.happens(.strangeNumbers, 5, using: &random) { sayNonsense(index) }
            if profile.happens(.subscriptions, 25, using: &random) { subscribe(index) }
            if random.chance(15) { ping(.alerts, terminals[index].connection) }
        }
    }

    /// Lets the terminal leave, break its connection, join once more, or stop reading. Returns false if it does none of
    /// these.
    private mutating func misbehaves(_ index: Int) -> Bool {
        guard !isCalm else { return false }
        if profile.happens(.leavingTerminals, 8, using: &random) {
            note("\(terminals[index].name) leaves")
            say(index) { .leave($0.connection.peer, $0.recipient) }
            terminals[index].hasAskedToJoin = false
            terminals[index].isJoined = false
            terminals[index].awayUntil = now + random.pick(1000...20_000)
        } else if profile.happens(.leavingTerminals, 4, using: &random) {
            say(index) { .join($0.connection.peer, $0.recipient, terminal: $0.name, credit: $0.credit) }
        } else if profile.happens(.brokenConnections, 6, using: &random) {
            note("\(terminals[index].name) breaks its connection")
            reconnect(terminal: index)
            terminals[index].awayUntil = now + random.pick(0...20_000)
        } else if profile.happens(.deafTerminals, 6, using: &random) {
            note("\(terminals[index].name) is deaf")
            terminals[index].isDeaf = true
        } else {
            return false
        }
        return true
    }

    /// Says RECEIVED of the alerts not yet named, and now and then of earlier ones, in ranges that overlap.
    private mutating func sayReceived(_ index: Int) {
        guard let first = terminals[index].unsaid.min(), let last = terminals[index].unsaid.max() else { return }
        var numbers = NumberList()
        for number in terminals[index].seen.sorted() where number >= first && number <= last { numbers.append(number) }
        var ranges = numbers.ranges
        if random.chance(30), let range = ranges.first { ranges.append(range) }
        if profile.happens(.strangeNumbers, 10, using: &random) {
            ranges.append(last...AlertNumber(SimulatedTerminal.strange))
        } else if profile.happens(.strangeNumbers, 20, using: &random) {
            let strange = AlertNumber(SimulatedTerminal.strange)
            ranges.append(strange...strange.advanced(by: Int(random.pick(0...5))))
        }
        terminals[index].unsaid = []
        note("\(terminals[index].name) says RECEIVED \(NumberList(ranges))")
        say(index) { .received($0.connection.peer, $0.recipient, NumberList(ranges)) }
    }

    /// Speaks of an alert that does not exist.
    private mutating func sayNonsense(_ index: Int) {
        let number = AlertNumber(SimulatedTerminal.strange)
        say(index) { .acknowledge($0.connection.peer, $0.recipient, number, Person(by: $0.name)) }
    }

    /// Wakes a deaf terminal, on a new connection or on the old one. On the old one it reads the messages that have
    /// come meanwhile.
    mutating func wake(_ index: Int) {
        note("\(terminals[index].name) wakes")
        terminals[index].isDeaf = false
        if random.chance(50) { return reconnect(terminal: index) }
        let unread = terminals[index].unread
        terminals[index].unread = []
        for message in unread { hear(terminal: index, message) }
    }

    mutating func hear(terminal index: Int, _ message: Message) {
        guard !terminals[index].isDeaf else { return terminals[index].unread.append(message) }
        switch message {
        case .committed(.joined): terminals[index].isJoined = terminals[index].hasAskedToJoin
        case .committed(.alert(_, let alert)): receive(index, alert)
        case .committed(.confirmed(_, _, let number, let state, _)): confirm(index, number, state)
        case .committed(.subscribed): terminals[index].wish = nil
        case .immediate(.refused(_, _, _, let refusal, .subscribe?, _)),
            .immediate(.refused(_, _, _, let refusal, .unsubscribe?, _)),
            .immediate(.refused(_, _, _, let refusal, .subscriptions?, _)):
            hearSubscriptionRefused(index, refusal)
        case .immediate(.ping): say(index) { .heard($0.connection.peer) }
        case .immediate(.refused(_, _, _, let refusal, let command, let number)):
            note("\(terminals[index].name) is refused \(refusal.code.rawValue)")
            switch refusal.code {
            case .notJoined where command == .join:
                observer.violate(.answered, "\(terminals[index].name) has lost its name.")
            case .notJoined: terminals[index].isJoined = false
            case .unavailable: observer.counts.refusedUnavailable += 1
            case .unknownRecipient where terminals[index].recipient.name == "gas": terminals[index].isJoined = false
            case .unknownAlert where profile.weight(of: .strangeNumbers) > 0:
                observer.counts.refusedNumbers += 1
            default:
                let what = "\(command?.rawValue ?? "-") \(number?.value ?? 0)"
                observer.violate(.answered, "\(terminals[index].name) is refused \(refusal.code.rawValue), \(what).")
            }
        default: break
        }
    }

    /// Stores an alert safely and says so. The person will see it, and may speak.
    private mutating func receive(_ index: Int, _ alert: OutgoingAlert) {
        let name = terminals[index].name
        let number = alert.number
        let ring = alert.ring > 0 ? ", ring \(alert.ring)" : ""
        note("\(name) has \(number) of incident \(alert.incident), attempt \(alert.attempt)\(ring)")
        observer.counts.alerts += 1
        if alert.isRedelivered { observer.counts.redeliveries += 1 }
        let isNew = terminals[index].seen.insert(number).inserted
        observer.expect(
            isNew || alert.isRedelivered || alert.ring > 0, .delivered, "\(name) sees \(number) again without the mark."
        )
        terminals[index].unsaid.insert(number)
        if !profile.happens(.receivedTogether, 80, using: &random) { sayReceived(index) }
        let isAction = alert.addressee.purpose == .action
        guard isNew || alert.ring > 0 && !alert.isRedelivered, isTimeForWords, random.chance(isAction ? 75 : 15) else {
            return
        }
        events.add(.speak(terminal: index, number), at: now + random.pick(500...terminals[index].slowness))
    }

    /// Alerts ring until the end, and the last words need time for their answers.
    private var isTimeForWords: Bool { now < Self.storm + Self.quiet / 2 }

    /// Lets the person take the alert on, or decline. Later the person may say that it is done.
    mutating func speak(_ index: Int, _ number: AlertNumber) {
        let isAgain = terminals[index].words.contains { $0.number == number }
        let state: AlertState =
            isAgain ? random.chance(25) ? .enRoute : .resolved : random.chance(20) ? .declined : .acknowledged
        terminals[index].words.removeAll { $0.number == number }
        terminals[index].words.append((number, SimulatedTerminal.Word(state: state)))
        repeatWord(index, number, SimulatedTerminal.Word(state: state))
    }

    /// Says that everything the person has taken on is done.
    mutating func finish(_ index: Int) {
        for (number, word) in terminals[index].words
        where word.isConfirmed && word.state.isTaken && !word.state.isFinished {
            terminals[index].words.removeAll { $0.number == number }
            terminals[index].words.append((number, SimulatedTerminal.Word(state: .resolved)))
            repeatWord(index, number, SimulatedTerminal.Word(state: .resolved))
        }
    }

    private mutating func repeatWord(_ index: Int, _ number: AlertNumber, _ word: SimulatedTerminal.Word) {
        guard terminals[index].isJoined, !terminals[index].isDeaf else { return }
        note("\(terminals[index].name) says \(word.state.rawValue) of \(number)")
        let person = Person(by: terminals[index].name)
        say(index) {
            switch word.state {
            case .declined: .decline($0.connection.peer, $0.recipient, number, person)
            case .enRoute, .resolved: .status($0.connection.peer, $0.recipient, number, word.state, person)
            default: .acknowledge($0.connection.peer, $0.recipient, number, person)
            }
        }
    }

    private mutating func confirm(_ index: Int, _ number: AlertNumber, _ state: AlertState) {
        note("\(terminals[index].name) has \(number) confirmed as \(state.rawValue)")
        guard let place = terminals[index].words.firstIndex(where: { $0.number == number }),
            !terminals[index].words[place].word.isConfirmed
        else { return }
        let word = terminals[index].words[place].word.state
        guard word == state || word == .acknowledged && state.isTaken else { return }
        terminals[index].words[place].word.isConfirmed = true
        guard word == .acknowledged || word == .enRoute, isTimeForWords, random.chance(60) else { return }
        events.add(.speak(terminal: index, number), at: now + random.pick(5000...30_000))
    }

    mutating func say(_ index: Int, _ input: (SimulatedTerminal) -> Input) {
        sendToBroker(input(terminals[index]), over: terminals[index].connection)
    }
}
