import GRDB
import TocsinJournal
import TocsinModel

/// The tables `course`, `course_name` and `counted`, and the records beside them, in one transaction of the caller's
/// connection.
struct CourseTable: CourseSource {
    private let database: Database
    private let codec: RecordCodec
    private let path: String

    /// Creates a reader. The path is of the journal's file, for errors.
    init(_ database: Database, _ codec: RecordCodec, path: String) {
        (self.database, self.codec, self.path) = (database, codec, path)
    }

    /// Returns the last record that is counted.
    func counted() throws -> Int64 {
        try number("SELECT position FROM counted", []) ?? 0
    }

    /// Returns true if what is counted was counted by the fold of this version.
    func isCurrent() throws -> Bool { try number("PRAGMA user_version", []) == Int64(CourseFold.version) }

    /// Forgets everything that is counted, so that it is counted anew. The connection must be one that writes.
    static func clear(_ database: Database) throws {
        try database.execute(
            sql: """
                DELETE FROM course; DELETE FROM course_name; UPDATE counted SET position = 0;
                PRAGMA user_version = \(CourseFold.version)
                """)
    }

    func page(_ key: Int64) throws -> CoursePage? {
        let statement = try RawStatement(database, "SELECT newest, content FROM course WHERE page = ?")
        defer { statement.reset() }
        try statement.bind(key, at: 1)
        return try statement.step() ? CoursePage([UInt8](statement.bytes(1)), newest: statement.integer(0)) : nil
    }

    /// Lends a page's bytes, if it is there.
    func withPage(_ key: Int64, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        let statement = try RawStatement(database, "SELECT content FROM course WHERE page = ?")
        defer { statement.reset() }
        try statement.bind(key, at: 1)
        if try statement.step() { try body(statement.bytes(0)) }
    }

    func pages(_ keys: ClosedRange<Int64>) throws -> [Int64] {
        try numbers(
            "SELECT page FROM course WHERE page BETWEEN ? AND ? ORDER BY page", [keys.lowerBound, keys.upperBound])
    }

    /// Returns the keys of the pages with alerts that were given at a time or later, in order.
    func pages(since milliseconds: Int64) throws -> [Int64] {
        // The index has the keys as well.
        try numbers("SELECT page FROM course WHERE newest >= ?", [milliseconds]).sorted()
    }

    /// Puts a page in the place of the one with its key, which goes if it is empty. The connection must be one that writes.
    static func put(_ page: CoursePage, _ key: Int64, in database: Database) throws {
        guard !page.bytes.isEmpty else {
            return try database.execute(sql: "DELETE FROM course WHERE page = ?", arguments: [key])
        }
        let insert = try RawStatement(
            database, "INSERT OR REPLACE INTO course (page, newest, content) VALUES (?, ?, ?)")
        try page.bytes.withUnsafeBytes { bytes in
            defer { insert.reset() }
            try insert.bind(key, at: 1)
            try insert.bind(page.newest, at: 2)
            try insert.bind(blob: bytes, at: 3)
            _ = try insert.step()
        }
    }

    func identifier(of name: String) throws -> Int? {
        let statement = try RawStatement(database, "SELECT id FROM course_name WHERE name = ?")
        defer { statement.reset() }
        var name = name
        return try name.withUTF8 { name in
            try statement.bind(UnsafeRawBufferPointer(name), at: 1)
            defer { statement.reset() }
            return try statement.step() ? Int(statement.integer(0)) : nil
        }
    }

    func lastIdentifier() throws -> Int { Int(try number("SELECT max(id) FROM course_name", []) ?? 0) }

    /// Returns the name with a number, or nil.
    func name(_ identifier: Int) throws -> String? {
        let statement = try RawStatement(database, "SELECT name FROM course_name WHERE id = ?")
        defer { statement.reset() }
        try statement.bind(Int64(identifier), at: 1)
        return try statement.step() ? String(decoding: statement.bytes(0), as: UTF8.self) : nil
    }

    func incident(_ number: IncidentNumber) throws -> JournalEntry? {
        guard let entry = try reader.record(at: number.value, keepingReport: false)?.entry,
            case .incident = entry.record
        else { return nil }
        return entry
    }

    func laterAlerts(of number: IncidentNumber, before position: Position) throws -> [(Recipient, AlertNumber)] {
        try reader.steps(of: number).prefix { $0.position < position }.flatMap { $0.record.laterAlerts(of: number) }
    }

    private var reader: TableReader { TableReader(database, codec, path: path) }

    private func number(_ sql: String, _ values: [Int64]) throws -> Int64? {
        let statement = try bound(sql, values)
        defer { statement.reset() }
        return try statement.step() ? statement.integerIfPresent(0) : nil
    }

    private func numbers(_ sql: String, _ values: [Int64]) throws -> [Int64] {
        let statement = try bound(sql, values)
        defer { statement.reset() }
        var numbers: [Int64] = []
        while try statement.step() { numbers.append(statement.integer(0)) }
        return numbers
    }

    private func bound(_ sql: String, _ values: [Int64]) throws -> RawStatement {
        let statement = try RawStatement(database, sql)
        for (index, value) in values.enumerated() { try statement.bind(value, at: Int32(index + 1)) }
        return statement
    }
}

extension CourseFold {
    /// Writes what has changed, within the caller's transaction.
    ///
    /// - Parameters:
    ///   - database: The connection that writes.
    ///   - counted: The last record that has been folded.
    mutating func keepChanges(in database: Database, counted: Int64) throws {
        let changes = takeChanges()
        let insertName = try RawStatement(database, "INSERT INTO course_name (id, name) VALUES (?, ?)")
        for (identifier, name) in changes.names {
            var name = name
            try name.withUTF8 { name in
                defer { insertName.reset() }
                try insertName.bind(Int64(identifier), at: 1)
                try insertName.bind(UnsafeRawBufferPointer(name), at: 2)
                _ = try insertName.step()
            }
        }
        for (key, page) in changes.pages { try CourseTable.put(page, key, in: database) }
        let update = try RawStatement(database, "UPDATE counted SET position = ?")
        try update.bind(counted, at: 1)
        try update.run()
    }
}
