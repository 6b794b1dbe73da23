import GRDB
import TocsinJournal
import TocsinModel

/// The check of the statistics against the fold of the records.
struct CourseCheck {
    private let table: CourseTable
    /// The last record that is counted.
    private let counted: Int64
    private let isCurrent: Bool
    private let parser = JSONParser(maximumBytes: Limits.recordBytes)
    private var names: [Int: String] = [:]
    /// The alerts that should be there.
    private var expected = 0

    init(_ table: CourseTable) throws {
        self.table = table
        counted = try table.counted()
        isCurrent = try table.isCurrent()
    }

    /// Returns true if the alerts of an incident stand as its records say.
    mutating func isRight(_ alerts: [IncidentLife.Alert], _ timeline: [JournalEntry]) throws -> Bool {
        let folded = FoldedCourses(timeline.filter { $0.position.value <= counted }, parser)
        for alert in alerts {
            let right = folded.course(of: alert.recipient, alert.number)
            if right != nil { expected += 1 }
            let found = try course(of: alert)
            guard var right, var found else {
                // What is not counted yet, or counts in no statistic, must not be there.
                if right != nil || found != nil { return false }
                continue
            }
            guard try name(right.rule, folded) == name(found.rule), try name(right.person, folded) == name(found.person)
            else { return false }
            (right.rule, right.person, found.rule, found.person) = (0, 0, 0, 0)
            // An earlier version has counted the time of whoever was stood down, too. The daemon counts that anew.
            if !isCurrent, right.within == nil { found.within = nil }
            if right != found { return false }
        }
        return true
    }

    /// Returns the number of courses that are of no alert.
    func surplus() throws -> Int {
        var found = 0
        for key in try table.pages(since: .min) {
            try table.withPage(key) { CoursePage.forEachCourse(in: $0) { _, _ in found += 1 } }
        }
        return found - expected
    }

    private func course(of alert: IncidentLife.Alert) throws -> AlertCourse? {
        guard let recipient = try table.identifier(of: alert.recipient.name),
            let key = CoursePage.key(of: alert.number, recipient: recipient)
        else { return nil }
        return try table.page(key)?[Int(alert.number.value - CoursePage.first(ofPage: key))]
    }

    private func name(_ identifier: Int, _ folded: FoldedCourses) -> String? { folded.names[identifier] }

    private mutating func name(_ identifier: Int) throws -> String? {
        guard identifier != 0 else { return nil }
        if let known = names[identifier] { return known }
        guard let name = try table.name(identifier) else { return nil }
        if names.count > 10_000 { names.removeAll() }
        names[identifier] = name
        return name
    }
}
