extension Schema {
    /// The view `operations` with who opened an incident again or rated it, who asked for silence and who ended it: see
    /// ``TocsinJournal/JournalRecord/operation``.
    static let operations = """
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
                WHEN 'reopened' THEN 'reopen'
                WHEN 'rules' THEN 'reload'
                WHEN 'subscribed' THEN 'subscribe'
                WHEN 'unsubscribed' THEN 'unsubscribe'
                WHEN 'rated' THEN 'rate'
                WHEN 'silenced' THEN 'silence'
                WHEN 'unsilenced' THEN 'unsilence'
                ELSE kind
            END AS operation,
            iif(kind = 'incident', position, incident) AS incident,
            recipient,
            json_extract(body, '$.numbers') AS numbers,
            json_extract(body, '$.by') AS by,
            coalesce(json_extract(body, '$.note'), json_extract(body, '$.reason')) AS note,
            json_extract(body, '$.connectionsClosed') AS connections_closed,
            iif(kind IN ('subscribed', 'unsubscribed'), json_extract(body, '$.name'), NULL) AS subscription,
            json_extract(body, '$.score') AS score,
            CASE kind
                WHEN 'silenced' THEN position
                WHEN 'unsilenced' THEN json_extract(body, '$.silence')
            END AS silence
        FROM record
        WHERE kind IN (
                'incident', 'received', 'personal', 'closed', 'reopened', 'subscribed', 'unsubscribed', 'rated',
                'silenced', 'unsilenced')
            OR kind = 'rules' AND json_extract(body, '$.continues') IS NULL;
        """
}
