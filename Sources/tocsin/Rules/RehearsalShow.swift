import TocsinModel
import TocsinProof

/// Prints a rehearsal as it goes: what changes incident by incident, then the totals.
struct RehearsalShow {
    enum Form {
        /// Lines for people, of every incident or of some.
        case people(all: Bool)
        /// One object.
        case json
        /// A record for each recipient of an incident.
        case csv
    }

    /// The incidents, and the recipients in the totals, that are listed unless all are wanted.
    private static let usual = 20

    private let form: Form
    private let since: Timestamp
    private var shown = 0
    private var passedOver = 0

    init(_ form: Form, since: Timestamp) {
        self.form = form
        self.since = since
    }

    func begin() throws {
        switch form {
        case .people: break
        case .json: try Console.text(#"{"changes":["#)
        case .csv: try Console.text(RehearsalTable.header)
        }
    }

    mutating func show(_ incident: PastIncident, _ changes: [RecipientChange]) throws {
        switch form {
        case .people(let all):
            guard all || shown < Self.usual else {
                passedOver += 1
                return
            }
            let lines = RehearsalView.lines(
                incident, changes, limit: all ? nil : Self.usual, style: .output, width: Console.width(unknown: 100))
            // The line of progress may be on the same screen.
            Console.progress("")
            try Console.text(lines.map { $0 + "\n" }.joined())
        case .json:
            let text = String(decoding: RehearsalJSON.object(incident, changes), as: UTF8.self)
            try Console.text(shown == 0 ? text : ",\(text)")
        case .csv: try Console.text(RehearsalTable.records(incident, changes))
        }
        shown += 1
    }

    func end(_ play: JournalRehearsal) throws {
        switch form {
        case .people(let all):
            if passedOver > 0 {
                let more = "and \(counted(passedOver, "more incident")) of which somebody is told otherwise: --all"
                try Console.line(Style.output.dim(more))
            }
            if shown > 0 { try Console.line() }
            let lines = RehearsalView.totals(
                play.rehearsal, since: since, limit: all ? nil : Self.usual, style: .output)
            for line in lines { try Console.line(line) }
        case .json:
            // Without the bracket that is there already.
            let members = RehearsalJSON.totals(play, since: since).dropFirst()
            try Console.line("],\(String(decoding: members, as: UTF8.self))")
        case .csv: break
        }
        for note in Self.notes(play) { Console.note("note: \(note)") }
    }

    /// What is not wrong, and may not be meant.
    private static func notes(_ play: JournalRehearsal) -> [String] {
        let hindered = play.trial.new.subscriptionsNotInForce
        var notes = hindered.prefix(Limits.listedSubscriptions).map { line in
            "the subscription \(line.subscription.key) is not in force by the new rules: \(line.obstacle ?? "")"
                .printable
        }
        let more = hindered.count - notes.count
        if more > 0 { notes.append("and \(counted(more, "more subscription"))") }
        if play.unreadable > 0 {
            notes.append(
                "\(counted(play.unreadable, "incident")) left out: this version cannot read what was reported")
        }
        return notes
    }
}
