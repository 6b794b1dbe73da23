extension Schema {
    /// The view `ratings`, which has the last word of whoever reported an incident.
    static let ratings = """
        CREATE VIEW ratings AS
        SELECT
            newest.incident,
            json_extract(newest.body, '$.score') AS score,
            json_extract(newest.body, '$.note') AS note,
            json_extract(newest.body, '$.by') AS by,
            strftime('%Y-%m-%dT%H:%M:%fZ', newest.at / 1000.0, 'unixepoch') AS at,
            json_extract(newest.body, '$.principal') AS principal
        FROM record AS newest
        WHERE newest.kind = 'rated' AND newest.incident IS NOT NULL
            AND NOT EXISTS (
                SELECT 1 FROM record AS later
                WHERE later.incident = newest.incident AND later.kind = 'rated' AND later.position > newest.position);
        """
}
