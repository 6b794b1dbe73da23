extension Schema {
    /// What the removal of incidents goes on from. All of it can be made again from the records, but for the time.
    ///
    /// The index has the names of what was removed alone. SQLite uses it where the index's own condition is written, word
    /// for word.
    static let removal = """
        CREATE TABLE removal (
            only INTEGER PRIMARY KEY CHECK (only = 1),
            reckoned INTEGER,          -- the latest time by which incidents were removed; NULL before the first
            exercises INTEGER NOT NULL, -- the last record that was looked at for exercises and tests
            others INTEGER NOT NULL     -- and for real incidents
        ) STRICT;
        INSERT INTO removal (only, exercises, others) VALUES (1, 0, 0);

        -- Incidents that were looked at and were not over for long enough.
        CREATE TABLE kept (
            incident INTEGER PRIMARY KEY,
            exercise INTEGER NOT NULL, -- 1 for exercises and tests
            since INTEGER NOT NULL     -- when it closed, or was seen open
        ) STRICT;
        CREATE INDEX kept_by_time ON kept (exercise, since, incident);

        CREATE INDEX record_by_removed_name ON record (position) WHERE kind = 'removed' AND sender IS NOT NULL;
        """
}
