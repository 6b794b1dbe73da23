extension Schema {
    /// How each alert went, for statistics. See ``TocsinJournal/AlertCourse``.
    ///
    /// It follows from the records up to the one that `counted` names, and is made again from them where these rows are
    /// deleted and that is 0. The header's `user_version` is the version of the fold that has counted; 0 in a new file.
    static let courses = """
        -- What alerts are counted by: recipients, rules, persons.
        CREATE TABLE course_name (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;

        CREATE TABLE course (
            page INTEGER PRIMARY KEY, -- the recipient's id, shifted by 40 bits, and which of its pages
            newest INTEGER NOT NULL,  -- when the last of the alerts was given, in milliseconds since 1970-01-01T00:00:00Z
            content BLOB NOT NULL
        ) STRICT;
        CREATE INDEX course_by_time ON course (newest);

        -- The last record that is counted.
        CREATE TABLE counted (only INTEGER PRIMARY KEY CHECK (only = 1), position INTEGER NOT NULL) STRICT;
        INSERT INTO counted (only, position) VALUES (1, 0);
        """
}
