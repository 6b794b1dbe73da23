public import TocsinModel

/// What a ``CourseFold`` goes on from: the courses that have been counted, and the records before the next one.
public protocol CourseSource {
    /// Returns a page that has been kept, or nil.
    func page(_ key: Int64) throws -> CoursePage?
    /// Returns the keys of the pages that have been kept within a range, in order.
    func pages(_ keys: ClosedRange<Int64>) throws -> [Int64]
    /// Returns the number of a name that has been kept, or nil.
    func identifier(of name: String) throws -> Int?
    /// Returns the largest number of a name that has been kept, or 0.
    func lastIdentifier() throws -> Int
    /// Returns an incident's entry, with or without its report, or nil for a number that is not an incident's.
    func incident(_ number: IncidentNumber) throws -> JournalEntry?
    /// Returns the alerts that an incident was given after its report and before a record: by steps and reopenings.
    func laterAlerts(of number: IncidentNumber, before position: Position) throws -> [(Recipient, AlertNumber)]
}

/// The fold of records into the courses of alerts.
///
/// It goes on from what has been kept before, and holds only the pages that the new records touch: the rest is where the
/// source has it. Incidents that are not real (``TocsinModel/ReportStatus/actual``) have no courses: a drill counts in no
/// statistic.
///
///     var fold = CourseFold()
///     for entry in entries { try fold.apply(entry, source) }
///     try keep(fold.takeChanges())
public struct CourseFold {
    /// The version of what is folded. What an earlier one has counted is counted anew.
    ///
    /// 1: Whoever was stood down in time misses nothing by the incident's end.
    public static let version = 1

    /// The most names and pages that are remembered from one call of ``takeChanges()`` to the next: some megabytes.
    private static let (remembered, rememberedPages) = (20_000, 1_000)
    /// The numbers of a range of pages that are tried one by one.
    private static let fewPages: Int64 = 4
    /// The largest number of a name. Later names have no number, and are counted as if there were none.
    private static let mostNames = 1 << 24 - 1

    /// The pages that have been touched, and those that are remembered.
    private var pages: [Int64: CoursePage] = [:]
    private var changed: Set<Int64> = []
    private var names: [String: Int] = [:]
    private var newNames: [(identifier: Int, name: String)] = []
    private var lastIdentifier: Int?
    private let parser: JSONParser

    /// - Parameter parser: Reads reports; another fold of the same thread may use it, too.
    public init(_ parser: JSONParser = JSONParser(maximumBytes: Limits.recordBytes)) {
        self.parser = parser
    }

    /// The pages that have changed since the last call of ``takeChanges()``.
    public var changedPages: Int { changed.count }

    /// The changed page with a key, or nil if it has not changed.
    public func changedPage(_ key: Int64) -> CoursePage? { changed.contains(key) ? pages[key] : nil }

    /// The keys of the changed pages.
    public var changedKeys: Set<Int64> { changed }

    /// The names that have come since the last call of ``takeChanges()``.
    public var addedNames: [(identifier: Int, name: String)] { newNames }

    /// Returns what has changed since the last call, and is to be kept now. If it cannot be kept, the fold must not be
    /// used any more.
    public mutating func takeChanges() -> (pages: [(key: Int64, page: CoursePage)], names: [(Int, String)]) {
        let result = changed.sorted().compactMap { key in pages[key].map { (key, $0) } }
        let added = newNames.map { ($0.identifier, $0.name) }
        changed.removeAll(keepingCapacity: true)
        newNames.removeAll(keepingCapacity: true)
        if pages.count > Self.rememberedPages { pages.removeAll(keepingCapacity: true) }
        if names.count > Self.remembered { names.removeAll(keepingCapacity: true) }
        return (result, added)
    }

    /// Folds the next record.
    ///
    /// - Throws: The errors of the source.
    public mutating func apply(_ entry: JournalEntry, _ source: some CourseSource) throws {
        switch entry.record {
        case .incident(let incident): try begin(incident, entry, source)
        case .received(let record):
            try apply(.received, record.numbers, of: record.recipient, entry.at, by: nil, source)
        case .personal(let record):
            try apply(record.state, record.numbers, of: record.recipient, entry.at, by: record.person.by, source)
        case .escalated(let record): try begin(record, entry, source)
        case .rung(let record):
            try change(record.recipient, record.number, source) { $0.ring(record, at: entry.at) }
        case .stoodDown(let record):
            try change(record.recipient, record.number, source) { $0.apply(record.state, at: entry.at, by: 0) }
        case .closed(let record): try end(record.incident, entry, source)
        case .reopened(let record):
            try end(record.incident, entry, source)
            try begin(record, entry, source)
        case .rated(let record):
            for (recipient, number) in try alerts(of: record.incident, before: entry.position, source) {
                try change(recipient, number, source) { $0.score = record.rating.score }
            }
        case .joined, .rules, .subscribed, .unsubscribed, .silenced, .unsilenced, .removed: break
        }
    }

    private mutating func begin(
        _ incident: IncidentRecord, _ entry: JournalEntry, _ source: some CourseSource
    ) throws {
        guard incident.status == .actual else { return }
        // What was taken out of another incident was reported long before.
        let sent = incident.split == nil ? sentTime(of: incident.report) : nil
        let reporting = sent.map { max(0, entry.at.milliseconds - $0.milliseconds) }
        let feedback = Self.feedback(incident.plans)
        var climb = Climb()
        climb.tell(incident.alerts.lazy.map(\.recipient))
        // News of an incident is counted with that one.
        let isItsOwn = incident.isItsOwn
        var (rules, isFirst) = (Set<String>(), isItsOwn)
        for (index, alert) in incident.alerts.enumerated() {
            var course = AlertCourse(
                incident: entry.position.value, told: entry.at, reporting: reporting,
                within: alert.addressee.acknowledgeWithinMilliseconds, place: incident.grid,
                rule: try number(of: alert.rule, source), severity: incident.severity, purpose: alert.purpose,
                isFirst: isFirst, isFirstOfRule: rules.insert(alert.rule).inserted && isItsOwn,
                level: alert.recipient.level)
            course.feedback = feedback[index]
            if isFirst { course.climb = climb }
            isFirst = false
            try put(course, alert.recipient, alert.number, source)
        }
    }

    private mutating func begin(
        _ step: EscalatedRecord, _ entry: JournalEntry, _ source: some CourseSource
    ) throws {
        guard let origin = try source.incident(step.incident), origin.position < entry.position,
            case .incident(let incident) = origin.record, incident.status == .actual
        else { return }
        let plan = incident.plans.indices.contains(step.plan) ? incident.plans[step.plan] : nil
        let course = AlertCourse(
            incident: step.incident.value, told: entry.at, reporting: nil,
            within: plan?.acknowledgeWithinMilliseconds, place: incident.grid,
            rule: try number(of: plan?.rule ?? "", source), severity: incident.severity, purpose: .action,
            isFirst: false, isFirstOfRule: false, level: step.recipient.level)
        try put(course, step.recipient, step.number, source)
        try climb(incident, by: [step.recipient], source)
    }

    /// Notes in the first alert of an incident that somebody else is told.
    private mutating func climb(
        _ incident: IncidentRecord, by recipients: [Recipient], _ source: some CourseSource
    ) throws {
        guard incident.isItsOwn, let first = incident.alerts.first else { return }
        try change(first.recipient, first.number, source) { $0.climb.tell(recipients) }
    }

    /// Returns the times, in milliseconds, within which plans promise an answer from the alerts that they watch, by their
    /// indices.
    private static func feedback(_ plans: [Plan]) -> [Int: Int64] {
        var times: [Int: Int64] = [:]
        for plan in plans {
            guard let within = plan.feedbackWithinMilliseconds else { continue }
            for index in plan.watched { times[index] = min(times[index] ?? .max, within) }
        }
        return times
    }

    private mutating func begin(
        _ reopening: ReopenedRecord, _ entry: JournalEntry, _ source: some CourseSource
    ) throws {
        guard reopening.status == .actual else { return }
        let feedback = Self.feedback(reopening.plans)
        for (index, alert) in reopening.alerts.enumerated() {
            var course = AlertCourse(
                incident: reopening.incident.value, told: entry.at, reporting: nil,
                within: alert.addressee.acknowledgeWithinMilliseconds, place: reopening.grid,
                rule: try number(of: alert.rule, source), severity: reopening.severity, purpose: alert.purpose,
                isFirst: false, isFirstOfRule: false, level: alert.recipient.level)
            course.feedback = feedback[index]
            try put(course, alert.recipient, alert.number, source)
        }
        guard case .incident(let incident)? = try source.incident(reopening.incident)?.record else { return }
        try climb(incident, by: reopening.alerts.map(\.recipient), source)
    }

    private mutating func end(
        _ number: IncidentNumber, _ entry: JournalEntry, _ source: some CourseSource
    ) throws {
        for (recipient, number) in try alerts(of: number, before: entry.position, source) {
            try change(recipient, number, source) { $0.apply(.cancelled, at: entry.at, by: 0) }
        }
    }

    private func alerts(
        of number: IncidentNumber, before position: Position, _ source: some CourseSource
    ) throws -> [(Recipient, AlertNumber)] {
        guard number.value > 0, number.position < position, let origin = try source.incident(number),
            case .incident(let incident) = origin.record, incident.status == .actual
        else { return [] }
        return incident.alerts.map { ($0.recipient, $0.number) }
            + (try source.laterAlerts(of: number, before: position))
    }

    private mutating func apply(
        _ word: AlertState, _ ranges: [ClosedRange<AlertNumber>], of recipient: Recipient, _ at: Timestamp,
        by name: String?, _ source: some CourseSource
    ) throws {
        // Nobody has been told under a name that is not known.
        guard let mailbox = try known(recipient.name, source) else { return }
        let person = try name.map { try number(of: $0, source) } ?? 0
        for range in ranges {
            for key in try keys(of: range, mailbox, source) {
                guard var page = try takePage(key, source) else { continue }
                let first = CoursePage.first(ofPage: key)
                let slots =
                    max(range.lowerBound.value, first) - first...min(
                        range.upperBound.value, first + CoursePage.courses - 1) - first
                var hasChanged = false
                for slot in slots {
                    guard var course = page[Int(slot)] else { continue }
                    course.apply(word, at: at, by: person)
                    page[Int(slot)] = course
                    hasChanged = true
                }
                keep(page, key, hasChanged: hasChanged)
            }
        }
    }

    /// Returns the keys of the pages that may have alerts of a range. A range may reach over numbers that were never
    /// given.
    private func keys(
        of range: ClosedRange<AlertNumber>, _ mailbox: Int, _ source: some CourseSource
    ) throws -> [Int64] {
        let lower = AlertNumber(max(0, range.lowerBound.value))
        let upper = AlertNumber(min(range.upperBound.value, CoursePage.courses << 40 - 1))
        guard lower <= upper, let first = CoursePage.key(of: lower, recipient: mailbox),
            let last = CoursePage.key(of: upper, recipient: mailbox)
        else { return [] }
        guard last - first >= Self.fewPages else { return Array(first...last) }
        let touched = changed.filter { (first...last).contains($0) }
        return touched.union(try source.pages(first...last)).sorted()
    }

    private mutating func put(
        _ course: AlertCourse, _ recipient: Recipient, _ number: AlertNumber, _ source: some CourseSource
    ) throws {
        let mailbox = try self.number(of: recipient.name, source)
        guard let key = CoursePage.key(of: number, recipient: mailbox) else { return }
        var page = try takePage(key, source) ?? CoursePage()
        page[Int(number.value - CoursePage.first(ofPage: key))] = course
        keep(page, key)
    }

    private mutating func change(
        _ recipient: Recipient, _ number: AlertNumber, _ source: some CourseSource,
        _ body: (inout AlertCourse) -> Void
    ) throws {
        guard let mailbox = try known(recipient.name, source),
            let key = CoursePage.key(of: number, recipient: mailbox), var page = try takePage(key, source)
        else { return }
        let slot = Int(number.value - CoursePage.first(ofPage: key))
        if var course = page[slot] {
            body(&course)
            page[slot] = course
            keep(page, key)
        } else {
            keep(page, key, hasChanged: false)
        }
    }

    /// Takes a page out, so that it is changed in place. It is put back by ``keep(_:_:hasChanged:)``.
    private mutating func takePage(_ key: Int64, _ source: some CourseSource) throws -> CoursePage? {
        try pages.removeValue(forKey: key) ?? source.page(key)
    }

    private mutating func keep(_ page: consuming CoursePage, _ key: Int64, hasChanged: Bool = true) {
        pages[key] = page
        if hasChanged { changed.insert(key) }
    }
}

extension IncidentRecord {
    /// False for news of another incident: an Update, a Cancel, or a report that has joined it.
    fileprivate var isItsOwn: Bool { news?.roots.isEmpty ?? true }
}

extension CourseFold {
    /// Returns the number of a name, which may be a new one; 0 for the empty name, and where there are too many.
    private mutating func number(of name: String, _ source: some CourseSource) throws -> Int {
        guard !name.isEmpty else { return 0 }
        if let known = try known(name, source) { return known }
        let next = try (lastIdentifier ?? source.lastIdentifier()) + 1
        guard next <= Self.mostNames else { return 0 }
        (lastIdentifier, names[name]) = (next, next)
        newNames.append((next, name))
        return next
    }

    private mutating func known(_ name: String, _ source: some CourseSource) throws -> Int? {
        if let known = names[name] { return known }
        guard let stored = try source.identifier(of: name) else { return nil }
        names[name] = stored
        return stored
    }

    /// Reads a report's `sent`; nil for a report that has none, as an earlier version may have taken.
    private func sentTime(of report: [UInt8]) -> Timestamp? {
        guard !report.isEmpty else { return nil }
        return try? parser.parse(report) { (json) throws(Refusal) in try json.member(ifPresent: "sent") }
    }
}
