import GRDB
import JournalContract
import Testing
import TocsinModel

@testable import TocsinJournal
@testable import TocsinSQLite

/// The tables for statistics say of every alert what the fold of its life says.
@Suite struct CourseTests {
    let folder = StateFolderFixture()

    /// A course with its names, as one text.
    private static func text(
        _ recipient: String, _ number: Int64, _ course: AlertCourse, rule: String?, person: String?
    ) -> String {
        func time(_ value: Int64?) -> String { value.map(String.init) ?? "-" }
        return [
            "\(course.incident)", recipient, "\(number)", "\(course.told)", time(course.received),
            time(course.acknowledged), time(course.ended), time(course.within), course.purpose.rawValue,
            course.state.rawValue, course.isDeclined ? "declined" : "-", course.isFirst ? "first" : "-",
            "\(course.score)", time(course.feedback), course.level?.rawValue ?? "-", "\(course.climb.byte)",
            rule ?? "-",
            person ?? "-",
        ].joined(separator: " ")
    }

    /// What the table has.
    /// Opens the journal, and counts what is not counted yet.
    private func counted() throws -> [String] {
        let journal = try folder.store.openJournal()
        defer { journal.close() }
        return try stored(journal)
    }

    private func stored(_ journal: SQLiteJournal) throws -> [String] {
        try journal.countAll()
        return try journal.withTable { database in
            let table = CourseTable(database, RecordCodec(), path: "")
            var lines: [String] = []
            for key in try table.pages(since: .min) {
                let recipient = try table.name(CoursePage.recipient(ofPage: key)) ?? "?"
                try table.withPage(key) { bytes in
                    try CoursePage.forEachCourse(in: bytes) { slot, course in
                        lines.append(
                            Self.text(
                                recipient, CoursePage.first(ofPage: key) + Int64(slot), course,
                                rule: try table.name(course.rule), person: try table.name(course.person)))
                    }
                }
            }
            return lines
        }
    }

    /// What the lives of the incidents are, each record folded by itself and looked at before and after.
    private func expected(_ entries: [JournalEntry]) -> [String] {
        var lines: [String] = []
        for origin in entries {
            guard var life = IncidentLife(origin), life.record.status == .actual else { continue }
            let isItsOwn = life.record.news?.roots.isEmpty ?? true
            var courses: [AlertCourse] = []
            var persons: [String?] = []
            func begin(_ alert: IncidentLife.Alert, at: Timestamp, within: Int64?) {
                courses.append(
                    AlertCourse(
                        incident: origin.position.value, told: at.milliseconds, within: within, place: 0, rule: 0,
                        person: 0, severity: life.record.severity, purpose: alert.purpose,
                        isFirst: courses.isEmpty && isItsOwn,
                        isFirstOfRule: false, level: alert.recipient.place?.level))
                persons.append(nil)
            }
            for (alert, given) in zip(life.alerts, life.record.alerts) {
                begin(alert, at: origin.at, within: given.addressee.acknowledgeWithinMilliseconds)
            }
            for plan in life.record.plans {
                for index in plan.watched where courses.indices.contains(index) {
                    courses[index].feedback = plan.feedbackWithinMilliseconds ?? courses[index].feedback
                }
            }
            if !courses.isEmpty, isItsOwn { courses[0].climb.tell(life.alerts.map(\.recipient)) }
            for entry in entries where entry.position > origin.position {
                let before = life.alerts
                guard let named = life.apply(entry) else { continue }
                // An Update changes nothing, nor does a report that counts.
                if entry.record.reported != nil { continue }
                for (index, alert) in life.alerts.enumerated() where index >= before.count {
                    begin(alert, at: entry.at, within: alert.purpose == .action ? 60_000 : nil)
                }
                if isItsOwn { courses[0].climb.tell(life.alerts[before.count...].map(\.recipient)) }
                if case .reopened(let reopened) = entry.record {
                    for plan in reopened.plans {
                        for index in plan.watched {
                            courses[before.count + index].feedback = plan.feedbackWithinMilliseconds
                        }
                    }
                }
                // A rating is of all that was told before it.
                if case .rated(let rated) = entry.record {
                    for index in courses.indices { courses[index].score = rated.rating.score }
                }
                for index in life.alerts.indices where named.isEmpty || named.contains(index) {
                    guard index < before.count else { continue }
                    let (old, new) = (before[index], life.alerts[index])
                    let after = entry.at.milliseconds - courses[index].told
                    if new.isReceived, !old.isReceived { courses[index].received = after }
                    if case .personal(let word) = entry.record, !old.state.isFinished {
                        if new.state == .declined { courses[index].isDeclined = true }
                        if new.state.isTaken, courses[index].acknowledged == nil {
                            (courses[index].acknowledged, persons[index]) = (after, word.person.by)
                        }
                    }
                    if old.state == .silenced, new.state == .cancelled || new.state.isTaken,
                        let ended = courses[index].ended, ended <= courses[index].within ?? 0
                    {
                        courses[index].within = nil
                    }
                    if !old.state.isFinished {
                        courses[index].ended = new.state.isFinished || new.state == .silenced ? after : nil
                    }
                    courses[index].state = new.state
                }
            }
            for (index, alert) in life.alerts.enumerated() {
                courses[index].state = alert.state
                lines.append(
                    Self.text(
                        alert.recipient.name, alert.number.value, courses[index],
                        rule: alert.rule.isEmpty ? nil : alert.rule, person: persons[index]))
            }
        }
        return lines
    }

    @Test(arguments: 1...10 as ClosedRange<UInt64>)
    func `the table says of every alert what the fold of its life says`(seed: UInt64) throws {
        let history = RandomHistory(seed: seed, incidents: 100)
        let journal = try folder.store.openJournal()
        // Counted at any time, also between the words about one alert.
        var rest = history.entries[...]
        while !rest.isEmpty {
            let some = rest.prefix(1 + Int(seed) * 17)
            try journal.append(Array(some))
            try journal.countAll()
            rest = rest.dropFirst(some.count)
        }
        let (found, right) = (try stored(journal), expected(history.entries))
        #expect(Set(found).symmetricDifference(right).sorted() == [])
        #expect(found.count == right.count)
        #expect(try answer(journal, by: .rule) == memory(history.entries, by: .rule))
    }

    private func answer(_ journal: SQLiteJournal, by dimension: StatisticsQuestion.Dimension) throws -> String {
        var json = JSONWriter()
        try journal.index().writeStatistics(
            StatisticsQuestion(by: dimension), now: Sample.start + .seconds(3600), to: &json)
        return json.text
    }

    private func memory(_ entries: [JournalEntry], by dimension: StatisticsQuestion.Dimension) throws -> String {
        let store = InMemoryJournalStore()
        try store.open().append(entries)
        var json = JSONWriter()
        try store.open().index().writeStatistics(
            StatisticsQuestion(by: dimension), now: Sample.start + .seconds(3600), to: &json)
        return json.text
    }

    @Test(arguments: StatisticsQuestion.Dimension.allCases)
    func `what is not counted yet is counted with the question`(dimension: StatisticsQuestion.Dimension) throws {
        let history = RandomHistory(seed: 77, incidents: 60)
        let journal = try folder.store.openJournal()
        try journal.append(Array(history.entries.prefix(200)))
        try journal.countAll()
        try journal.append(Array(history.entries.dropFirst(200)))
        try journal.withTable { _ in }
        #expect(try answer(journal, by: dimension) == memory(history.entries, by: dimension))
    }

    @Test func `a journal of an earlier format is counted, and so is one whose table is empty`() throws {
        let history = RandomHistory(seed: 5, incidents: 50)
        try folder.fill(history.entries)
        try folder.tamper("DELETE FROM course; DELETE FROM course_name; UPDATE counted SET position = 0")
        let journal = try folder.store.openJournal()
        #expect(try stored(journal).sorted() == expected(history.entries).sorted())
    }

    private static func stoodDown(_ state: AlertState = .silenced) -> JournalRecord {
        .stoodDown(
            StoodDownRecord(
                incident: IncidentNumber(1), recipient: Sample.fire, number: AlertNumber(1), state: state,
                cause: .answered(Sample.police, by: "Li")))
    }
    private static let rung = JournalRecord.rung(
        RungRecord(incident: IncidentNumber(1), recipient: Sample.fire, number: AlertNumber(1), cause: .silent))
    private static let taken = Sample.personal(Sample.fire, .acknowledged, 1...1)

    /// The seconds after which a record comes.
    typealias Word = (after: Int64, record: JournalRecord)

    /// What happens to an alert that must be taken on within a minute, and whether it is missed at the end of a day.
    private static let stoodDownAlerts: [(words: [Word], isMissed: Bool)] = [
        ([(10, stoodDown()), (3600, Sample.closed(1))], false),
        ([(10, stoodDown()), (3600, stoodDown(.cancelled))], false),
        ([(10, stoodDown()), (3600, taken)], false),
        ([(60, stoodDown()), (61, Sample.closed(1))], false),
        // It was too late when somebody else took it on.
        ([(61, stoodDown()), (3600, Sample.closed(1))], true),
        // It has rung again since.
        ([(10, stoodDown()), (20, rung), (3600, Sample.closed(1))], true),
        ([(10, stoodDown()), (20, rung), (3600, taken)], true),
        ([(3600, Sample.closed(1))], true),
    ]

    @Test(arguments: stoodDownAlerts.indices)
    func `whoever was stood down in time has missed nothing, whatever becomes of the incident`(index: Int) throws {
        let (words, isMissed) = Self.stoodDownAlerts[index]
        var entries = [
            Sample.entry(1, Sample.incident("A-1", telling: [(Sample.fire, 1), (Sample.police, 1)]), at: Sample.start)
        ]
        for (position, word) in zip(2..., words) {
            entries.append(Sample.entry(Int64(position), word.record, at: Sample.start + .seconds(word.after)))
        }
        let course = try #require(FoldedCourses(entries).course(of: Sample.fire, AlertNumber(1)))
        #expect(course.isMissed(now: (Sample.start + .seconds(86_400)).milliseconds) == isMissed)
        // An answer that was promised was given at the end.
        if course.state == .cancelled { #expect(course.ended == words.last.map { $0.after * 1000 }) }
    }

    @Test func `what an earlier version has counted is in order, and is counted anew`() throws {
        let history = RandomHistory(seed: 6, incidents: 50)
        try folder.fill(history.entries)
        let right = try counted()
        // As it had one that was stood down: with its minute, and no word of the fold's version.
        let standing = right.filter { $0.contains(" action cancelled ") && $0.split(separator: " ")[7] == "-" }
        let one = try #require(standing.first).split(separator: " ")
        let number = try #require(Int64(one[2]))
        let (page, offset) = (
            number / CoursePage.courses, number % CoursePage.courses * Int64(AlertCourse.byteCount) + 41
        )
        try folder.tamper(
            """
            UPDATE course SET content =
                CAST(substr(content, 1, \(offset)) || x'60ea0000' || substr(content, \(offset + 5)) AS BLOB)
            WHERE page = (SELECT id FROM course_name WHERE name = '\(one[1])') << 40 | \(page);
            """)
        #expect(try JournalCheck.run(folder.path, folding: CountingFold()).faults.count == 1)
        try folder.tamper("PRAGMA user_version = 0")
        #expect(try JournalCheck.run(folder.path, folding: CountingFold()).faults == [])
        #expect(try counted() == right)
        #expect(try JournalCheck.run(folder.path, folding: CountingFold()).faults == [])
    }

    @Test func `a drill counts in no statistic`() throws {
        let journal = try folder.store.openJournal()
        guard case .incident(let real) = Sample.incident("A-2", telling: [(Sample.fire, 2)]) else { return }
        let drill = IncidentRecord(
            name: ReportName(sender: "s", identifier: "d"), event: real.event, category: real.category,
            severity: real.severity, status: .exercise, grid: real.grid,
            alerts: [.init(real.alerts[0].addressee, number: AlertNumber(1), terminals: 0)], plans: real.plans,
            rules: .zero, report: real.report)
        try journal.append([
            Sample.entry(1, .incident(drill)), Sample.entry(2, .incident(real)),
            Sample.entry(3, Sample.escalated(1, to: Sample.leader, 1)),
            Sample.entry(4, Sample.personal(Sample.fire, .acknowledged, 1...2)), Sample.entry(5, Sample.closed(1)),
        ])
        #expect(try stored(journal).map { String($0.prefix(8)) } == ["2 fire 2"])
    }

    @Test func `a course is read as it was written`() throws {
        var course = AlertCourse(
            incident: 1 << 40, told: -5, reporting: nil, received: 1 << 39, acknowledged: 0, ended: 77, within: 1 << 31,
            feedback: 90 * 86_400_000,
            place: 110_101_005_003_002, rule: 1 << 23, person: 3, severity: .unknown, purpose: .information,
            isFirst: true, isFirstOfRule: false, isDeclined: true, state: .declined, score: 5, level: .street)
        course.climb.tell([Sample.fire])
        #expect(CoursePage()[3] == nil)
        var page = CoursePage()
        for severity in Severity.allCases {
            for state in [
                AlertState.queued, .sent, .received, .acknowledged, .enRoute, .onScene, .resolved, .declined,
                .cancelled, .silenced,
            ] {
                (course.severity, course.state) = (severity, state)
                page = Self.page(course, at: 71)
                #expect(page[71] == course)
            }
        }
        // Longer than 34 years is 34 years.
        course.ended = .max
        let longest: Int64 = 1 << 40 - 2
        #expect(Self.page(course, at: 0)[0]?.ended == longest)
    }

    private static func page(_ course: AlertCourse, at slot: Int) -> CoursePage {
        var page = CoursePage()
        page[slot] = course
        return page
    }

    @Test func `a check finds a statistic that does not follow from the records`() throws {
        try folder.fill(RandomHistory(seed: 9, incidents: 20).entries)
        let journal = try folder.store.openJournal()
        try journal.countAll()
        journal.close()
        #expect(try JournalCheck.run(folder.path, folding: CountingFold()).isWhole)
        try folder.tamper("UPDATE course SET content = zeroblob(length(content))")
        let findings = try JournalCheck.run(folder.path, folding: CountingFold())
        let fault = "the statistics do not say what its records say"
        #expect(findings.faults.contains { $0.contains(fault) }, "\(findings)")
    }
}
