import GRDB
import GRDBSQLite

/// A prepared statement, bound and stepped through SQLite's own functions.
///
/// GRDB's `StatementArguments` box every value and copy every text, which takes a quarter of the time for a row
/// (decision page "Records in one table"). GRDB still opens, serializes, migrates, caches statements, begins and
/// commits. Only rows pass here.
///
/// Bound bytes are not copied: they must stay where they are until ``reset()``. Column bytes are SQLite's own, and are
/// valid until the next ``step()`` or ``reset()``. The caller that steps a statement resets it.
struct RawStatement {
    private let handle: OpaquePointer
    private let connection: OpaquePointer?

    /// Takes the connection's cached statement for `sql`, or prepares it.
    init(_ database: Database, _ sql: String) throws {
        handle = try database.cachedStatement(sql: sql).sqliteStatement
        connection = database.sqliteConnection
    }

    func bind(_ value: Int64?, at index: Int32) throws {
        try check(
            value.map { sqlite3_bind_int64(handle, index, $0) } ?? sqlite3_bind_null(handle, index))
    }

    /// Binds UTF-8 text. Nil is NULL, and no bytes are the empty text.
    func bind(_ text: UnsafeRawBufferPointer?, at index: Int32) throws {
        guard let text else { return try check(sqlite3_bind_null(handle, index)) }
        let empty: StaticString = ""
        let start = text.baseAddress.map { $0.assumingMemoryBound(to: CChar.self) }
        try check(
            sqlite3_bind_text64(
                handle, index, start ?? UnsafeRawPointer(empty.utf8Start).assumingMemoryBound(to: CChar.self),
                UInt64(text.count), nil, UInt8(SQLITE_UTF8)))
    }

    /// Binds bytes. No bytes are the empty blob.
    func bind(blob: UnsafeRawBufferPointer, at index: Int32) throws {
        guard let start = blob.baseAddress, !blob.isEmpty else {
            return try check(sqlite3_bind_zeroblob(handle, index, 0))
        }
        try check(sqlite3_bind_blob64(handle, index, start, UInt64(blob.count), nil))
    }

    /// Moves to the next row. Returns false if there is none.
    func step() throws -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code: throw failure(code)
        }
    }

    /// Runs a statement that has no rows.
    func run() throws {
        defer { reset() }
        _ = try step()
    }

    /// Makes the statement ready for other values. An error of the last step has been thrown already.
    func reset() {
        sqlite3_reset(handle)
    }

    func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }

    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

    /// Returns a whole number, or nil for NULL.
    func integerIfPresent(_ column: Int32) -> Int64? { isNull(column) ? nil : integer(column) }

    /// Returns a text's or a blob's bytes, as they are stored, and none for NULL.
    func bytes(_ column: Int32) -> UnsafeRawBufferPointer {
        let start = sqlite3_column_blob(handle, column)
        return UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column)))
    }

    /// Returns a text's or a blob's bytes, or nil for NULL.
    func bytesIfPresent(_ column: Int32) -> UnsafeRawBufferPointer? { isNull(column) ? nil : bytes(column) }

    private func check(_ code: Int32) throws {
        guard code == SQLITE_OK else { throw failure(code) }
    }

    private func failure(_ code: Int32) -> DatabaseError {
        // Connections report extended codes. The message is the connection's last.
        DatabaseError(
            resultCode: ResultCode(rawValue: connection.map { sqlite3_extended_errcode($0) } ?? code),
            message: connection.flatMap { sqlite3_errmsg($0) }.map { String(cString: $0) })
    }
}
