extension Schema {
    /// The view `silences`, which has every silence that an operator has asked for.
    ///
    /// The index has the records of silences alone, so that all other records cost nothing. SQLite uses it where the index's
    /// own condition is written, word for word.
    static let silences = """
        CREATE INDEX record_by_silence ON record (position) WHERE kind IN ('silenced', 'unsilenced');

        CREATE VIEW silences AS
        SELECT
            begun.position AS silence,
            strftime('%Y-%m-%dT%H:%M:%fZ', begun.at / 1000.0, 'unixepoch') AS at,
            json_extract(begun.body, '$.until') AS until,
            json_extract(begun.body, '$.by') AS by,
            json_extract(begun.body, '$.reason') AS reason,
            json_extract(begun.body, '$.when') AS "when",
            coalesce(json_extract(begun.body, '$.evenExtreme'), 0) AS even_extreme,
            json_extract(begun.body, '$.principal') AS principal,
            strftime('%Y-%m-%dT%H:%M:%fZ', ended.at / 1000.0, 'unixepoch') AS ended_at,
            json_extract(ended.body, '$.by') AS ended_by,
            json_extract(ended.body, '$.reason') AS ended_reason
        FROM record AS begun
        LEFT JOIN record AS ended
            ON ended.kind IN ('silenced', 'unsilenced') AND ended.kind = 'unsilenced'
                AND json_extract(ended.body, '$.silence') = begun.position
        WHERE begun.kind IN ('silenced', 'unsilenced') AND begun.kind = 'silenced';
        """
}
