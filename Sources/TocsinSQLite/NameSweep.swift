import GRDB
import TocsinJournal

/// Removes the names of the statistics by which no alert is counted any more: those of people who have not answered since,
/// among others.
///
/// It runs on the thread that counts, so that nothing is counted meanwhile, and only reads until it knows.
struct NameSweep {
    /// The pages that are read together, some milliseconds' work, and the names that are removed together.
    private static let (pages, names) = (2_000, 1_000)

    private let table: RecordTable

    init(_ table: RecordTable) {
        self.table = table
    }

    /// Runs for as long as `goesOn` returns true.
    ///
    /// - Returns: False if it was cut short. Then it is to be run again.
    func run(while goesOn: () -> Bool) throws -> Bool {
        var used: Set<Int64> = []
        var last: Int64? = .min
        while let after = last {
            guard goesOn() else { return false }
            last = try table.read { try use(pagesOf: $0, after: after, &used) }
        }
        let known = try table.read { try Int64.fetchAll($0, sql: "SELECT id FROM course_name") }
        var unused = known.filter { !used.contains($0) }[...]
        while !unused.isEmpty {
            guard goesOn() else { return false }
            try table.transaction("Removing from") { database in
                for identifier in unused.prefix(Self.names) {
                    try database.execute(sql: "DELETE FROM course_name WHERE id = ?", arguments: [identifier])
                }
            }
            unused = unused.dropFirst(Self.names)
        }
        return true
    }

    /// Adds the names that some pages use, and returns the last of those; nil after the last.
    private func use(pagesOf database: Database, after key: Int64, _ used: inout Set<Int64>) throws -> Int64? {
        let statement = try RawStatement(
            database, "SELECT page, content FROM course WHERE page > ? ORDER BY page LIMIT ?")
        defer { statement.reset() }
        try statement.bind(key, at: 1)
        try statement.bind(Int64(Self.pages), at: 2)
        var last: Int64?
        while try statement.step() {
            last = statement.integer(0)
            used.insert(Int64(CoursePage.recipient(ofPage: statement.integer(0))))
            CoursePage.forEachCourse(in: statement.bytes(1)) { _, course in
                used.insert(Int64(course.rule))
                used.insert(Int64(course.person))
            }
        }
        return last
    }
}
