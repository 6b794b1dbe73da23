import TocsinClient
import TocsinModel
import TocsinWire

/// What an interactive terminal shows and how it answers to keys: a value, without a screen or a socket.
struct AlertBoard {
    /// An alert on the board.
    struct Entry {
        var alert: Alert
        var facts: AlertFacts
        /// Its place in the order of coming.
        var arrival: Int
        /// Where it stands, as far as this terminal knows.
        var state: AlertState = .received
        /// Who has it.
        var person: String?
        /// Whether the broker has yet to confirm what was said last.
        var isWaiting = false
    }

    /// What a person says about an alert.
    enum Word: Equatable {
        case acknowledge
        case decline
        case status(AlertState)
    }

    /// What a key asks for.
    enum Request {
        case say(Alert, Word, by: String, note: String?)
        case quit
    }

    /// What is being typed.
    enum Prompt: Equatable {
        /// The name, before the word that needed it can be said.
        case name(for: Word)
        /// Why it is declined.
        case reason
    }

    /// Alerts beyond this number leave the board, those that nobody need answer first. The broker keeps them all.
    static let maximumEntries = 500

    /// What must be answered first, the most severe and the oldest of it in front; then the rest, the newest in front.
    private(set) var entries: [Entry] = []
    private(set) var selection = 0
    private(set) var prompt: Prompt?
    private(set) var typed = ""
    /// The person at this terminal, once they have said so.
    private(set) var name: String?
    /// What has happened last.
    private(set) var message = ""
    private var arrivals = 0

    /// An empty board; `name` is asked for when it is needed and nil.
    init(name: String? = nil) {
        self.name = name
    }

    var selected: Entry? { entries.indices.contains(selection) ? entries[selection] : nil }

    /// Puts an alert on the board; one that is there already is only marked.
    mutating func add(_ alert: Alert) {
        if let index = index(alert.recipient, alert.number) {
            entries[index].alert = alert
            return
        }
        arrivals += 1
        let isIdle = selected.map { !$0.isOpen } ?? true
        entries.append(Entry(alert: alert, facts: AlertFacts(alert), arrival: arrivals))
        arrange()
        if entries.count > Self.maximumEntries {
            entries.removeLast()
            selection = min(selection, entries.count - 1)
        }
        // Who has nothing open to look at looks at the new one; not in the middle of typing about another.
        if isIdle, prompt == nil, alert.needsAnswer, let index = index(alert.recipient, alert.number) {
            selection = index
        }
    }

    mutating func apply(_ event: TerminalEvent) {
        message = EventView.line(event, style: .plain)
        if case .taken(let recipient, let number, let word) = event, let index = index(recipient, number) {
            entries[index].state = .acknowledged
            entries[index].person = word.person.by.printable
            arrange()
        }
        if case .newEpoch(let recipient) = event {
            // The same numbers will mean other alerts.
            entries.removeAll { $0.alert.recipient == recipient }
            (selection, prompt) = (max(0, min(selection, entries.count - 1)), nil)
        }
    }

    /// The broker has confirmed a word, or has not.
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
        case .escape:
            prompt = nil
            typed = ""
        case .enter: return finishTyping()
        case .up, .down: break
        }
        return nil
    }

    private mutating func finishTyping() -> Request? {
        guard let prompt else { return nil }
        let text = typed
        typed = ""
        self.prompt = nil
        switch prompt {
        case .name(let word):
            guard !text.isEmpty else { return nil }
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

    /// Puts the entries in order; the selection stays with its alert.
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
    /// Whether somebody must still answer it.
    var isOpen: Bool { alert.needsAnswer && !state.isTaken && state != .declined }

    /// Why a word would say nothing; nil where it says something.
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
    /// Whether it asks for a person's word.
    var needsAnswer: Bool { envelope.purpose == .action }
}
