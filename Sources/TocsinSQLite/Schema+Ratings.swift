extension Schema {
    /// The view `ratings`, which has the last word of whoever reported an incident, and `operations` with who rated.
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

        DROP VIEW operations;

        CREATE VIEW operations AS
        SELECT
            position,
            strftime('%Y-%m-%dT%H:%M:%fZ', at / 1000.0, 'unixepoch') AS at,
            json_extract(body, '$.principal') AS principal,
            CASE kind
                WHEN 'incident' THEN 'report'
                WHEN 'personal' THEN json_extract(body, '$.state')
                WHEN 'closed' THEN 'close'
                WHEN 'rules' THEN 'reload'
                WHEN 'subscribed' THEN 'subscribe'
                WHEN 'unsubscribed' THEN 'unsubscribe'
                WHEN 'rated' THEN 'rate'
                ELSE kind
            END AS operation,
            iif(kind = 'incident', position, incident) AS incident,
            recipient,
            json_extract(body, '$.numbers') AS numbers,
            json_extract(body, '$.by') AS by,
            coalesce(json_extract(body, '$.note'), json_extract(body, '$.reason')) AS note,
            json_extract(body, '$.connectionsClosed') AS connections_closed,
            iif(kind IN ('subscribed', 'unsubscribed'), json_extract(body, '$.name'), NULL) AS subscription,
            json_extract(body, '$.score') AS score
        FROM record
        WHERE kind IN ('incident', 'received', 'personal', 'closed', 'subscribed', 'unsubscribed', 'rated')
            OR kind = 'rules' AND json_extract(body, '$.continues') IS NULL;
        """
}
