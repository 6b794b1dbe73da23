import TocsinClient
import TocsinModel
import TocsinWire

/// The display of an interactive terminal and its response to keys, as a value without a screen or a socket.
struct AlertBoard {
    /// An alert on the board.
    struct Entry {
        var alert: Alert
        var facts: AlertFacts
        /// The alert's index in the order of arrival.
        var arrival: Int
        /// The alert's state, as far as this terminal knows.
        var state: AlertState = .received
        /// The person who has the alert.
        var person: String?
        /// True while the broker has yet to confirm the last word.
        var isWaiting = false
    }

    /// A person's word about an alert.
    enum Word: Equatable {
        case acknowledge
        case decline
        case status(AlertState)
    }

    /// The request that a key makes.
    enum Request {
        case say(Alert, Word, by: String, note: String?)
        case quit
    }

    /// The subject of the text being typed.
    enum Prompt: Equatable {
        /// The person's name, which a word needs before it can be sent.
        case name(for: Word)
        /// The reason for declining.
        case reason
    }

    /// The most alerts on the board. Those that nobody need answer leave first. The broker keeps them all.
    static let maximumEntries = 500

    /// The alerts. Those to be answered come first, the most severe and then the oldest in front; the others follow,
    /// the newest in front.
    private(set) var entries: [Entry] = []
    private(set) var selection = 0
    private(set) var prompt: Prompt?
    private(set) var typed = ""
    /// The person at this terminal, once they have given their name.
    private(set) var name: String?
    /// The last event.
    private(set) var message = ""
    private var arrivals = 0

    /// Creates an empty board. If `name` is nil, it is asked for when it is needed.
    init(name: String? = nil) {
        self.name = name
    }

    var selected: Entry? { entries.indices.contains(selection) ? entries[selection] : nil }

    /// Adds an alert to the board. One that is there already is only updated.
    mutating func add(_ alert: Alert) {
        if let index = index(alert.recipient, alert.number) {
            let ringsAgain = alert.envelope.rings > entries[index].alert.envelope.rings
            entries[index].alert = alert
            guard ringsAgain else { return }
            // It is owed again, whoever had it.
            entries[index].facts = AlertFacts(alert)
            (entries[index].state, entries[index].person) = (.received, nil)
            message = "\(alert.recipient) #\(alert.number): rings again"
            arrange()
            return
        }
        arrivals += 1
        let isIdle = selected.map(\.isOver) ?? true
        entries.append(Entry(alert: alert, facts: AlertFacts(alert), arrival: arrivals))
        arrange()
        if entries.count > Self.maximumEntries {
            entries.removeLast()
            selection = min(selection, entries.count - 1)
        }
        // If nothing more is to be said of the selected alert, the new one is selected, unless the person is typing.
        if isIdle, prompt == nil, alert.needsAnswer, let index = index(alert.recipient, alert.number) {
            selection = index
        }
    }

    mutating func apply(_ event: TerminalEvent) {
        message = EventView.line(event, style: .plain)
        if case .taken(let recipient, let number, let word) = event, let index = index(recipient, number) {
            entries[index].state = word.state ?? .acknowledged
            entries[index].person = word.person.by.printable
            arrange()
        }
        if case .newEpoch(let recipient) = event {
            // The same numbers will mean other alerts.
            entries.removeAll { $0.alert.recipient == recipient }
            (selection, prompt) = (max(0, min(selection, entries.count - 1)), nil)
        }
    }

    /// Applies the broker's answer to a word.
    mutating func confirm(_ alert: Alert, _ result: Result<AlertState, any Error>, by person: String) {
        guard let index = index(alert.recipient, alert.number) else { return }
        entries[index].isWaiting = false
        switch result {
        case .success(let state):
            entries[index].state = state
            entries[index].person = person
            message = "\(alert.recipient) #\(alert.number): \(state.phrase)"
            arrange()
        case .failure(let error):
            let text = (error as? ClientError).map { Failure($0).description } ?? "\(error)"
            message = "\(alert.recipient) #\(alert.number): \(text)"
        }
    }

    mutating func press(_ key: Key) -> Request? {
        guard prompt == nil else { return type(key) }
        switch key {
        case .up, .character("p"), .character("k"): selection = max(0, selection - 1)
        case .down, .character("n"), .character("j"): selection = min(max(0, entries.count - 1), selection + 1)
        case .character("a"): return say(.acknowledge)
        case .character("d"): return say(.decline)
        case .character("e"): return say(.status(.enRoute))
        case .character("o"): return say(.status(.onScene))
        case .character("r"): return say(.status(.resolved))
        case .character("q"): return .quit
        case .character, .enter, .backspace, .escape: break
        }
        return nil
    }

    private mutating func type(_ key: Key) -> Request? {
        switch key {
        case .character(let character):
            if typed.utf8.count + character.utf8.count <= Limits.personNameBytes { typed.append(character) }
        case .backspace: if !typed.isEmpty { typed.removeLast() }
        case .escape: (prompt, typed, message) = (nil, "", "")
        case .enter: return finishTyping()
        case .up, .down: break
        }
        return nil
    }

    private mutating func finishTyping() -> Request? {
        guard let prompt else { return nil }
        let text = typed.allSatisfy(\.isWhitespace) ? "" : typed
        typed = ""
        if case .name = prompt, text.isEmpty {
            message = "A name is needed: whoever asks later must know who said it."
            return nil
        }
        (self.prompt, message) = (nil, "")
        switch prompt {
        case .name(let word):
            name = text
            return say(word)
        case .reason: return request(.decline, note: text.isEmpty ? nil : text)
        }
    }

    private mutating func say(_ word: Word) -> Request? {
        guard let entry = selected else { return nil }
        if let reason = entry.reasonAgainst(word) {
            message = "\(entry.alert.recipient) #\(entry.alert.number) \(reason)"
            return nil
        }
        guard name != nil else {
            prompt = .name(for: word)
            return nil
        }
        guard word != .decline else {
            prompt = .reason
            return nil
        }
        return request(word, note: nil)
    }

    private mutating func request(_ word: Word, note: String?) -> Request? {
        guard let name, let entry = selected else { return nil }
        entries[selection].isWaiting = true
        return .say(entry.alert, word, by: name, note: note)
    }

    private func index(_ recipient: Recipient, _ number: AlertNumber) -> Int? {
        entries.lastIndex { $0.alert.recipient == recipient && $0.alert.number == number }
    }

    /// Sorts the entries. The selection stays with its alert.
    private mutating func arrange() {
        let arrival = selected?.arrival
        entries.sort { left, right in
            guard left.isOpen == right.isOpen else { return left.isOpen }
            guard left.isOpen else { return left.arrival > right.arrival }
            guard left.facts.severity == right.facts.severity else {
                return left.facts.severity.rank < right.facts.severity.rank
            }
            return left.arrival < right.arrival
        }
        selection = entries.firstIndex { $0.arrival == arrival } ?? selection
    }
}

extension AlertBoard.Entry {
    /// True if somebody must still answer the alert.
    var isOpen: Bool { alert.needsAnswer && !state.isTaken && state != .declined }

    /// True if nobody here has anything more to say of the alert. One that somebody has taken is not over before it is
    /// resolved: the keys are still meant for it.
    fileprivate var isOver: Bool { !alert.needsAnswer || state.isFinished || state == .declined }

    /// Returns the reason why a word would have no effect; nil if it has one.
    fileprivate func reasonAgainst(_ word: AlertBoard.Word) -> String? {
        guard alert.needsAnswer else { return "is for information: it needs no answer." }
        if state.isFinished { return "is \(state.phrase): there is nothing more to say." }
        switch word {
        case .acknowledge: return state.isTaken ? "is \(state.phrase) already." : nil
        case .decline: return state == .declined ? "is declined already." : nil
        case .status(let next): return state == next ? "is \(state.phrase) already." : nil
        }
    }
}

extension Alert {
    /// True if the alert asks for a person's word.
    var needsAnswer: Bool { envelope.purpose == .action }
}
