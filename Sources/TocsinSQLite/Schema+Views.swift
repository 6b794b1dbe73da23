extension Schema {
    /// The views by which people query the journal in plain SQL. The broker itself uses none of these. `alerts`,
    /// `incidents` and `acknowledgements` have been replaced since: see ``alertsByOneFold`` and ``principals``.
    ///
    /// `addressed` serves `alerts` and `acknowledgements`. The joins keep SQLite to the order written, in which every
    /// step is a search in an index (see ``RecordColumns/width``).
    static let views = """
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
            iif(json_valid(report), json_extract(report, '$.area.areaDesc'), NULL) AS area
        FROM record
        WHERE kind = 'incident';

        -- Every alert as it was given: with its incident, or by an escalation step.
        CREATE VIEW addressed AS
        SELECT
            record.position AS incident,
            json_extract(alert.value, '$[0]') AS recipient,
            json_extract(alert.value, '$[1]') AS number,
            json_extract(told.value, '$.purpose') AS purpose,
            json_extract(told.value, '$.rule') AS rule,
            0 AS escalation,
            record.at AS at,
            json_extract(told.value, '$.acknowledgeWithinMs') AS within
        FROM record CROSS JOIN json_each(record.body, '$.alerts') AS told
            CROSS JOIN json_each(told.value, '$.to') AS alert
        WHERE record.kind = 'incident'
        UNION ALL
        SELECT
            step.incident,
            step.recipient,
            step.first,
            'action',
            json_extract(origin.body, '$.plans[' || json_extract(step.body, '$.plan') || '].rule'),
            json_extract(step.body, '$.step') + 1,
            step.at,
            json_extract(origin.body, '$.plans[' || json_extract(step.body, '$.plan') || '].acknowledgeWithinMs')
        FROM record AS step CROSS JOIN record AS origin ON origin.position = step.incident
        WHERE step.kind = 'escalated' AND step.incident IS NOT NULL;

        -- What persons said of each alert.
        CREATE VIEW acknowledgements AS
        SELECT
            addressed.recipient,
            addressed.number,
            addressed.incident,
            json_extract(word.body, '$.state') AS state,
            json_extract(word.body, '$.by') AS by,
            json_extract(word.body, '$.note') AS note,
            strftime('%Y-%m-%dT%H:%M:%fZ', word.at / 1000.0, 'unixepoch') AS at
        FROM addressed CROSS JOIN \(wordsOfAddressed) AND word.kind = 'personal';

        -- One row for each alert and how it stands. An incident that was closed cancels what was still open.
        CREATE VIEW alerts AS
        WITH told AS (
            SELECT
                *,
                (SELECT min(word.at) FROM \(wordsOfAddressed) AND word.kind = 'received') AS received,
                (SELECT max(word.position) FROM \(wordsOfAddressed) AND word.kind = 'personal') AS newest,
                (
                    SELECT min(word.position) FROM \(wordsOfAddressed) AND word.kind = 'personal'
                        AND json_extract(word.body, '$.state') IN ('acknowledged', 'enRoute', 'onScene', 'resolved')
                ) AS taken
            FROM addressed
        )
        SELECT
            told.incident,
            told.recipient,
            told.number,
            told.purpose,
            told.rule,
            told.escalation,
            strftime('%Y-%m-%dT%H:%M:%fZ', told.at / 1000.0, 'unixepoch') AS alerted_at,
            strftime('%Y-%m-%dT%H:%M:%fZ', (told.at + told.within) / 1000.0, 'unixepoch') AS acknowledge_by,
            strftime('%Y-%m-%dT%H:%M:%fZ', told.received / 1000.0, 'unixepoch') AS received_at,
            CASE
                WHEN json_extract(newest.body, '$.state') = 'resolved' THEN 'resolved'
                WHEN told.purpose = 'information' AND told.received IS NOT NULL AND newest.position IS NULL
                    THEN 'received'
                WHEN EXISTS (SELECT 1 FROM record WHERE record.incident = told.incident AND record.kind = 'closed')
                    THEN 'cancelled'
                WHEN newest.position IS NOT NULL THEN json_extract(newest.body, '$.state')
                WHEN told.received IS NOT NULL THEN 'received'
                ELSE 'queued'
            END AS state,
            strftime('%Y-%m-%dT%H:%M:%fZ', taken.at / 1000.0, 'unixepoch') AS acknowledged_at,
            json_extract(taken.body, '$.by') AS acknowledged_by,
            json_extract(newest.body, '$.note') AS note
        FROM told
        LEFT JOIN record AS newest ON newest.position = told.newest
        LEFT JOIN record AS taken ON taken.position = told.taken;
        """

    /// The words about the current alert of `addressed`: the records that may cover it, then those that do.
    static let wordsOfAddressed = """
        reach CROSS JOIN record AS word
        WHERE word.recipient = addressed.recipient AND word.width = reach.width
            AND word.first > addressed.number - reach.reach AND word.first <= addressed.number
            AND word.last >= addressed.number
            AND EXISTS (
                SELECT 1 FROM json_each(word.body, '$.numbers') AS range
                WHERE addressed.number BETWEEN json_extract(range.value, '$[0]') AND json_extract(range.value, '$[1]'))
        """
}
