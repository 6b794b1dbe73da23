public import TocsinModel

/// The courses of all alerts that some records are about, by a fold that keeps everything in memory.
public final class FoldedCourses: CourseSource {
    private let entries: [JournalEntry]
    private let incidents: [IncidentNumber: JournalEntry]
    private var pages: [Int64: CoursePage] = [:]
    private var identifiers: [String: Int] = [:]
    /// The names that alerts are counted by, by their numbers.
    public private(set) var names: [Int: String] = [:]

    /// Folds records.
    ///
    /// - Parameters:
    ///   - entries: All records of a journal, or all about one incident, in order.
    ///   - parser: Reads their reports.
    public init(_ entries: [JournalEntry], _ parser: JSONParser = JSONParser(maximumBytes: Limits.recordBytes)) {
        self.entries = entries
        incidents = Dictionary(
            entries.compactMap { entry in
                guard case .incident = entry.record else { return nil }
                return (IncidentNumber(entry.position), entry)
            }, uniquingKeysWith: { first, _ in first })
        var fold = CourseFold(parser)
        for entry in entries {
            // This source has no errors.
            try? fold.apply(entry, self)
        }
        keep(fold.takeChanges())
    }

    private func keep(_ changes: (pages: [(key: Int64, page: CoursePage)], names: [(Int, String)])) {
        for (key, page) in changes.pages { pages[key] = page }
        for (identifier, name) in changes.names { (names[identifier], identifiers[name]) = (name, identifier) }
    }

    /// All pages by their keys.
    public var allPages: [Int64: CoursePage] { pages }

    /// Returns the course of an alert, or nil if there is none.
    public func course(of recipient: Recipient, _ number: AlertNumber) -> AlertCourse? {
        guard let mailbox = identifiers[recipient.name], let key = CoursePage.key(of: number, recipient: mailbox) else {
            return nil
        }
        return pages[key]?[Int(number.value - CoursePage.first(ofPage: key))]
    }

    public func page(_ key: Int64) -> CoursePage? { pages[key] }

    public func pages(_ keys: ClosedRange<Int64>) -> [Int64] { pages.keys.filter(keys.contains).sorted() }

    public func identifier(of name: String) -> Int? { identifiers[name] }

    public func lastIdentifier() -> Int { names.count }

    public func incident(_ number: IncidentNumber) -> JournalEntry? { incidents[number] }

    public func laterAlerts(of number: IncidentNumber, before position: Position) -> [(Recipient, AlertNumber)] {
        entries.prefix { $0.position < position }.flatMap { $0.record.laterAlerts(of: number) }
    }
}
