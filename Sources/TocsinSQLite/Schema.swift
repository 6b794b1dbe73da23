import GRDB
import TocsinJournal

/// The journal's tables, as numbered migrations. A migration that has been released never changes.
enum Schema {
    /// The mark of a journal's file: "Tocs", in the header's `application_id` field
    /// (https://www.sqlite.org/fileformat2.html#application_id).
    static let applicationID: Int32 = 0x546f_6373

    /// The migrations in their order. A file that has had the first n of them is a journal of format n. The names of a
    /// later version's migrations begin with a higher number.
    private static let migrations: [(name: String, run: @Sendable (Database) throws -> Void)] = [
        ("1: records, told in groups", { try $0.execute(sql: records) }),
        ("2: views", { try $0.execute(sql: views) }),
        ("3: snapshot", { try $0.execute(sql: snapshot) }),
        ("4: snapshot in pieces", { try $0.execute(sql: snapshotInPieces) }),
        ("5: alerts by one fold", { try $0.execute(sql: alertsByOneFold) }),
        ("6: epoch and tail", { try $0.execute(sql: epochAndTail) }),
        ("7: checksum of epoch and tail", { try JournalOrigin.addChecksum(to: $0) }),
        ("8: principals in the views", { try $0.execute(sql: principals) }),
        ("9: subscriptions", { try $0.execute(sql: subscriptions) }),
        (
            "10: the whole life of an incident",
            {
                try $0.execute(sql: courses)
                try $0.execute(sql: reopened)
                try $0.execute(sql: rings)
                try $0.execute(sql: ratings)
                try $0.execute(sql: incidents)
                try $0.execute(sql: news)
                try $0.execute(sql: silences)
                try $0.execute(sql: correlation)
                try $0.execute(sql: removal)
                try $0.execute(sql: operations)
            }
        ),
    ]

    /// The format that this version writes.
    static var format: Int { migrations.count }

    /// Returns the migrations that bring a file of any earlier format to this one.
    static func migrator(to format: Int = Schema.format) -> DatabaseMigrator {
        var migrator = DatabaseMigrator()
        for migration in migrations.prefix(format) {
            migrator.registerMigration(migration.name, migrate: migration.run)
        }
        return migrator
    }

    /// Returns the format of a file that is a journal, or 0 if it has no tables yet.
    ///
    /// - Throws: `JournalError.incompatible` for another program's file, and for a file of a later version.
    static func format(of database: Database, path: String) throws -> Int {
        let identifier = try Int32.fetchOne(database, sql: "PRAGMA application_id")
        let isEmpty = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_schema") == 0
        guard identifier == applicationID || identifier == 0 && isEmpty else {
            // A backup may have any other name.
            let advice = path.hasSuffix("/journal.sqlite") ? " Give tocsind another state folder." : ""
            throw JournalError.incompatible(
                "\(path) is an SQLite file of another program, not a journal of Tocsin.\(advice)")
        }
        guard !isEmpty else { return 0 }
        let found = try migrator().appliedIdentifiers(database)
        let unknown = found.subtracting(migrations.map(\.name))
        guard unknown.isEmpty else {
            let format = unknown.compactMap { Int($0.prefix { $0 != ":" }) }.max().map(String.init) ?? "unknown"
            throw JournalError.later(path, format: format, known: Self.format)
        }
        return found.count
    }

    /// The epoch and the mark of the tail, in one row. See ``JournalOrigin``.
    private static let epochAndTail = """
        CREATE TABLE journal (
            only INTEGER PRIMARY KEY CHECK (only = 1),
            epoch TEXT NOT NULL,  -- another one once a backup was restored
            tail INTEGER,         -- the identity of the journal.tail beside this file; NULL before there is one
            tail_bytes INTEGER    -- what that file was made with
        ) STRICT;
        INSERT INTO journal (only, epoch) VALUES (1, lower(hex(randomblob(8))));
        """

    /// The snapshot of the records up to a position, so that a start reads only those after it. Each piece has a row.
    /// If some are missing, the snapshot has not been kept whole, and the one before it still stands.
    private static let snapshotInPieces = """
        DROP TABLE snapshot;
        CREATE TABLE snapshot (
            position INTEGER NOT NULL,
            number INTEGER NOT NULL,   -- from 0 on
            count INTEGER NOT NULL,    -- of the pieces
            content BLOB NOT NULL,
            checksum INTEGER NOT NULL, -- CRC-32C over all four
            PRIMARY KEY (position, number)
        ) STRICT;
        """

    /// The snapshot in one row, as it was before.
    private static let snapshot = """
        CREATE TABLE snapshot (
            position INTEGER PRIMARY KEY,
            content BLOB NOT NULL,
            checksum INTEGER NOT NULL -- CRC-32C over both
        ) STRICT;
        """

    /// One row for each record.
    ///
    /// Incidents are the bulk of the journal. An incident touches the table and one index: it has no `recipient` and no
    /// `incident`. `previous` is the newest incident before the record, 0 if there is none. It chains the incidents, so
    /// that the newest ones are found among any number of other records without a second index. The checksum covers
    /// seven columns (position, kind, at, sender, identifier, body, report). Every other column follows from those, and
    /// readers check that it does.
    private static let records = """
        CREATE TABLE record (
            position INTEGER PRIMARY KEY,
            kind TEXT NOT NULL,
            at INTEGER NOT NULL,      -- milliseconds since 1970-01-01T00:00:00Z
            body TEXT NOT NULL,       -- JSON
            sender TEXT,              -- incidents: with identifier, the report's name
            identifier TEXT,
            report TEXT,              -- incidents: JSON, as it was sent
            recipient TEXT,           -- received, personal, escalated: whose alerts
            first INTEGER,            -- the smallest and the largest alert number; some between may not be meant
            last INTEGER,
            width INTEGER,            -- the class of last - first: see the table reach
            incident INTEGER,         -- escalated, closed: which incident
            previous INTEGER NOT NULL, -- the newest incident before this record, or 0
            checksum INTEGER NOT NULL -- CRC-32C
        ) STRICT;

        CREATE UNIQUE INDEX record_by_name ON record (sender, identifier) WHERE sender IS NOT NULL;
        CREATE INDEX record_by_alert ON record (recipient, width, first, last) WHERE recipient IS NOT NULL;
        CREATE INDEX record_by_incident ON record (incident) WHERE incident IS NOT NULL;

        -- A record of a width covers alert number n only if first > n - reach.
        CREATE TABLE reach (width INTEGER PRIMARY KEY, reach INTEGER NOT NULL) STRICT;
        INSERT INTO reach VALUES (0, 1), (1, 4), (2, 16), (3, 64), (4, 256), (5, 1024), (6, 4096), (7, 16384),
            (8, 65536), (9, 262144), (10, 1048576), (11, 4611686018427387904);

        -- What a probe for room is written to, and deleted from.
        CREATE TABLE scratch (content BLOB NOT NULL) STRICT;
        """
}
