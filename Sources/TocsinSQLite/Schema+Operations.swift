extension Schema {
    /// The view `operations` with who opened an incident again or rated it, who took a report out of one, who asked for silence
    /// and who ended it: see
    /// ``TocsinJournal/JournalRecord/operation``.
    static let operations = """
        DROP VIEW operations;

        CREATE VIEW operations AS
        SELECT
            position,
            strftime('%Y-%m-%dT%H:%M:%fZ', at / 1000.0, 'unixepoch') AS at,
            coalesce(json_extract(body, '$.split.principal'), json_extract(body, '$.principal')) AS principal,
            CASE kind
                WHEN 'incident' THEN iif(json_extract(body, '$.split') IS NULL, 'report', 'split')
                WHEN 'joined' THEN 'report'
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
            iif(kind = 'incident' AND json_extract(body, '$.joined') IS NULL, position, incident) AS incident,
            recipient,
            json_extract(body, '$.numbers') AS numbers,
            coalesce(json_extract(body, '$.by'), json_extract(body, '$.split.by')) AS by,
            coalesce(
                json_extract(body, '$.note'), json_extract(body, '$.reason'), json_extract(body, '$.split.reason')) AS note,
            json_extract(body, '$.connectionsClosed') AS connections_closed,
            iif(kind IN ('subscribed', 'unsubscribed'), json_extract(body, '$.name'), NULL) AS subscription,
            json_extract(body, '$.score') AS score,
            CASE kind
                WHEN 'silenced' THEN position
                WHEN 'unsilenced' THEN json_extract(body, '$.silence')
            END AS silence
        FROM record
        WHERE kind IN (
                'incident', 'joined', 'received', 'personal', 'closed', 'reopened', 'subscribed', 'unsubscribed', 'rated',
                'silenced', 'unsilenced')
            OR kind = 'rules' AND json_extract(body, '$.continues') IS NULL;
        """
}
