import TocsinModel
import TocsinRouting

/// How ready everybody was: who was told of each report of a drill, who answered, and how soon.
struct Readiness: Sendable {
    /// What has become of one entry of the drill.
    struct Outcome: Sendable {
        /// The place of the entry in the drill, from 0.
        let index: Int
        /// The incident; nil where there is none.
        var page: IncidentPage?
        /// What others are told of a report by that has joined the incident; nil where it counts alone.
        var update: IncidentPage?
        var refusal: RefusalCode?
        var isRated = false
        /// The broker's own incident that the rating is low.
        var lowRating: IncidentPage?
    }

    /// What one recipient did with one incident of the drill.
    struct Line: Sendable {
        /// The place of the entry in the drill, from 0.
        let index: Int
        /// The incident; nil where a link was to be lost, and is not.
        let incident: IncidentNumber?
        let event: String
        let recipient: Recipient
        /// The alert; nil for a recipient that is expected and was never told.
        let alert: IncidentPage.Alert?
        /// What is expected of the recipient; nil for nothing.
        let expected: Duration?

        /// The time after which it did what is expected: it took the alert on, or heard of it where it need not act.
        var reached: Duration? { alert?.purpose == .information ? alert?.delivered : alert?.acknowledged }

        /// True if it did so in time; nil where nothing is expected.
        var isReached: Bool? {
            expected.map { expected in reached.map { $0 <= expected } ?? false }
        }
    }

    /// What was expected of whoever reported, or for him.
    struct Answer: Sendable {
        enum What: Sendable {
            case refusal(wanted: RefusalCode, came: RefusalCode?)
            case rating(Rating)
        }

        /// The place of the entry in the drill, from 0.
        let index: Int
        let incident: IncidentNumber?
        let event: String
        let what: What
        /// True if the refusal came, and if the incident was over, so that it is rated.
        let isReached: Bool

        var isRefusal: Bool {
            switch what {
            case .refusal: true
            case .rating: false
            }
        }
    }

    enum Row: Sendable {
        case line(Line)
        case answer(Answer)

        var index: Int {
            switch self {
            case .line(let line): line.index
            case .answer(let answer): answer.index
            }
        }

        var incident: IncidentNumber? {
            switch self {
            case .line(let line): line.incident
            case .answer(let answer): answer.incident
            }
        }

        var event: String {
            switch self {
            case .line(let line): line.event
            case .answer(let answer): answer.event
            }
        }

        /// True if it came as expected; nil where nothing is expected.
        fileprivate var isReached: Bool? {
            switch self {
            case .line(let line): line.isReached
            case .answer(let answer): answer.isReached
            }
        }

        fileprivate var isSettled: Bool {
            switch self {
            case .line(let line): line.alert?.isSettled ?? false
            // What was not refused is stored, and nothing will change that.
            case .answer(let answer): answer.isReached || answer.isRefusal
            }
        }
    }

    let drill: Drill
    let startedAt: Timestamp
    /// The rows in the order of the reports, and of each in the order in which the recipients were told.
    let rows: [Row]

    /// Judges what has become of a drill.
    ///
    /// - Parameters:
    ///   - drill: the drill.
    ///   - startedAt: when it began.
    ///   - outcomes: what has become of its entries, in their order.
    init(drill: Drill, startedAt: Timestamp, _ outcomes: [Outcome]) {
        self.drill = drill
        self.startedAt = startedAt
        rows = outcomes.flatMap { Self.rows($0, drill.entries[$0.index]) }
    }

    private static func rows(_ outcome: Outcome, _ entry: Drill.Entry) -> [Row] {
        let (index, incident, event) = (outcome.index, outcome.page?.incident, event(of: entry))
        let toldBy = outcome.update?.incident ?? incident
        var (rest, laterRest) = (entry.expected, entry.exercise?.rating?.expected ?? [])
        var told: Set<Recipient> = []
        func row(
            _ alert: IncidentPage.Alert, _ page: IncidentPage, _ event: String, _ rest: inout [Drill.Expected]
        ) -> Row {
            // A recipient that is told twice is expected to answer once.
            let place = rest.firstIndex { $0.recipient == alert.recipient }
            return .line(
                Line(
                    index: index, incident: page.incident, event: event, recipient: alert.recipient, alert: alert,
                    expected: place.map { rest.remove(at: $0).within }))
        }
        func never(_ expected: Drill.Expected) -> Row {
            .line(
                Line(
                    index: index, incident: toldBy, event: event, recipient: expected.recipient, alert: nil,
                    expected: expected.within))
        }

        var rows: [Row] = []
        if let update = outcome.update { rows += update.alerts.map { row($0, update, event, &rest) } }
        if let page = outcome.page {
            for alert in page.alerts {
                let isFirst = told.insert(alert.recipient).inserted
                // Whoever is told anew after the rating, as the incident is open again, answers to that.
                if let rated = page.rated, !isFirst, alert.escalation == 0 || alert.told >= rated {
                    rows.append(row(alert.counted(from: rated), page, event, &laterRest))
                } else if outcome.update == nil {
                    rows.append(row(alert, page, event, &rest))
                }
            }
        }
        rows += rest.map(never)
        if let wanted = entry.exercise?.refusal {
            let came = outcome.refusal
            rows.append(
                .answer(
                    Answer(
                        index: index, incident: incident, event: event, what: .refusal(wanted: wanted, came: came),
                        isReached: came == wanted)))
        }
        if let rating = entry.exercise?.rating?.rating {
            rows.append(
                .answer(
                    Answer(
                        index: index, incident: incident, event: event, what: .rating(rating),
                        isReached: outcome.isRated)))
        }
        if let page = outcome.lowRating {
            rows += page.alerts.map { row($0, page, "rated-low", &laterRest) }
        }
        return rows + laterRest.map(never)
    }

    private static func event(of entry: Drill.Entry) -> String {
        switch entry.happening {
        case .report(let exercise): exercise.report.event
        case .silence: "link-lost"
        }
    }

    /// What recipients did.
    var lines: [Line] {
        rows.compactMap { row in
            switch row {
            case .line(let line): line
            case .answer: nil
            }
        }
    }

    /// What whoever reported has come to.
    var answers: [Answer] {
        rows.compactMap { row in
            switch row {
            case .line: nil
            case .answer(let answer): answer
            }
        }
    }

    /// True if nobody who was told has anything left to do, and everything that is over is rated.
    var isSettled: Bool { rows.allSatisfy(\.isSettled) }

    /// The number of rows, and of those where nothing is left to do.
    var asked: Int { rows.count }
    var answered: Int { rows.count(where: \.isSettled) }

    /// The number of expectations, and of those that were met too late or not at all.
    var expected: Int { rows.count { $0.isReached != nil } }
    var missed: Int { rows.count { $0.isReached == false } }

    var isReached: Bool { missed == 0 }
}
