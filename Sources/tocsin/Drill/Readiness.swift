import TocsinModel
import TocsinRouting

/// How ready everybody was: who was told of each report of a drill, who answered, and how soon.
struct Readiness: Sendable {
    /// What one recipient did with one report of the drill.
    struct Line: Sendable {
        /// The place of the report in the drill, from 0.
        let index: Int
        let incident: IncidentNumber
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

    let drill: Drill
    let startedAt: Timestamp
    /// The lines in the order of the reports, and of each in the order in which the recipients were told.
    let lines: [Line]

    init(drill: Drill, startedAt: Timestamp, _ pages: [(index: Int, page: IncidentPage)]) {
        self.drill = drill
        self.startedAt = startedAt
        lines = pages.flatMap { index, page in Self.lines(index, page, drill.entries[index].expected) }
    }

    private static func lines(_ index: Int, _ page: IncidentPage, _ expected: [Drill.Expected]) -> [Line] {
        var rest = expected
        let told = page.alerts.map { alert in
            // A recipient that is told twice is expected to answer once.
            let place = rest.firstIndex { $0.recipient == alert.recipient }
            return Line(
                index: index, incident: page.incident, recipient: alert.recipient, alert: alert,
                expected: place.map { rest.remove(at: $0).within })
        }
        return told
            + rest.map {
                Line(index: index, incident: page.incident, recipient: $0.recipient, alert: nil, expected: $0.within)
            }
    }

    /// True if nobody who was told has anything left to do.
    var isSettled: Bool { lines.allSatisfy { $0.alert?.isSettled ?? false } }

    /// The number of alerts, and of those whose recipients have nothing left to do.
    var asked: Int { lines.count }
    var answered: Int { lines.count { $0.alert?.isSettled ?? false } }

    /// The number of recipients that are expected, and of those that were too late or did nothing.
    var expected: Int { lines.count { $0.expected != nil } }
    var missed: Int { lines.count { $0.isReached == false } }

    var isReached: Bool { missed == 0 }
}
