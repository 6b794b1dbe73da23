extension Schema {
    /// The views `incidents` and `acknowledgements` with the principal whose connection brought the report or the word, and
    /// the view `operations`, which has all that anybody did: see ``TocsinJournal/JournalRecord/operation``.
    static let principals = """
        DROP VIEW incidents;

        CREATE VIEW incidents AS
        SELECT
            position AS incident,
            strftime('%Y-%m-%dT%H:%M:%fZ', at / 1000.0, 'unixepoch') AS stored_at,
            sender,
            identifier,
            json_extract(body, '$.event') AS event,
            json_extract(body, '$.category') AS category,
            json_extract(body, '$.severity') AS severity,
            json_extract(body, '$.status') AS status,
            json_extract(body, '$.grid') AS grid,
            iif(json_valid(report), json_extract(report, '$.headline'), NULL) AS headline,
            iif(json_valid(report), json_extract(report, '$.area.areaDesc'), NULL) AS area,
            json_extract(body, '$.principal') AS principal
        FROM record
        WHERE kind = 'incident';

        DROP VIEW acknowledgements;

        CREATE VIEW acknowledgements AS
        SELECT
            addressed.recipient,
            addressed.number,
            addressed.incident,
            json_extract(word.body, '$.state') AS state,
            json_extract(word.body, '$.by') AS by,
            json_extract(word.body, '$.note') AS note,
            strftime('%Y-%m-%dT%H:%M:%fZ', word.at / 1000.0, 'unixepoch') AS at,
            json_extract(word.body, '$.principal') AS principal
        FROM addressed CROSS JOIN \(wordsOfAddressed) AND word.kind = 'personal';

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
                ELSE kind
            END AS operation,
            iif(kind = 'incident', position, incident) AS incident,
            recipient,
            json_extract(body, '$.numbers') AS numbers,
            json_extract(body, '$.by') AS by,
            coalesce(json_extract(body, '$.note'), json_extract(body, '$.reason')) AS note,
            json_extract(body, '$.connectionsClosed') AS connections_closed
        FROM record
        WHERE kind IN ('incident', 'received', 'personal', 'closed')
            OR kind = 'rules' AND json_extract(body, '$.continues') IS NULL;
        """
}
