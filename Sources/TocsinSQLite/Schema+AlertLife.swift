extension Schema {
    /// The view `alerts` as it was before alerts could ring again (see ``rings``), with the life of an alert as ``TocsinModel/AlertState/after(_:for:)`` has it. A test compares
    /// the two over random histories.
    ///
    /// A finished alert stays finished. The first of `resolved` and the incident's closing decides, and only words
    /// until then count. A closing does not cancel information that has been delivered.
    static let alertsByOneFold = """
        DROP VIEW alerts;

        CREATE VIEW alerts AS
        WITH told AS (
            SELECT
                *,
                (SELECT min(word.position) FROM \(wordsOfAddressed) AND word.kind = 'received') AS received,
                (SELECT min(word.position) FROM \(wordsOfAddressed) AND word.kind = 'personal') AS spoken,
                (
                    SELECT min(word.position) FROM \(wordsOfAddressed) AND word.kind = 'personal'
                        AND json_extract(word.body, '$.state') = 'resolved'
                ) AS resolved,
                (
                    SELECT min(ending.position) FROM record AS ending
                    WHERE ending.incident = addressed.incident AND ending.kind = 'closed'
                ) AS closed
            FROM addressed
        ),
        ended AS (
            SELECT
                *,
                closed < CASE purpose
                    WHEN 'action' THEN coalesce(resolved, \(never))
                    ELSE min(coalesce(received, \(never)), coalesce(spoken, \(never)))
                END AS cancelled
            FROM told
        ),
        settled AS (
            SELECT
                *,
                (
                    SELECT max(word.position) FROM \(wordsOfAddressed) AND word.kind = 'personal'
                        AND word.position <= \(end)
                ) AS newest,
                (
                    SELECT min(word.position) FROM \(wordsOfAddressed) AND word.kind = 'personal'
                        AND word.position <= \(end)
                        AND json_extract(word.body, '$.state') IN ('acknowledged', 'enRoute', 'onScene', 'resolved')
                ) AS taken
            FROM ended AS addressed
        )
        SELECT
            settled.incident,
            settled.recipient,
            settled.number,
            settled.purpose,
            settled.rule,
            settled.escalation,
            strftime('%Y-%m-%dT%H:%M:%fZ', settled.at / 1000.0, 'unixepoch') AS alerted_at,
            strftime('%Y-%m-%dT%H:%M:%fZ', (settled.at + settled.within) / 1000.0, 'unixepoch') AS acknowledge_by,
            strftime('%Y-%m-%dT%H:%M:%fZ', received.at / 1000.0, 'unixepoch') AS received_at,
            CASE
                WHEN settled.cancelled THEN 'cancelled'
                WHEN settled.resolved IS NOT NULL THEN 'resolved'
                WHEN newest.position IS NOT NULL THEN json_extract(newest.body, '$.state')
                WHEN received.position IS NOT NULL THEN 'received'
                ELSE 'queued'
            END AS state,
            strftime('%Y-%m-%dT%H:%M:%fZ', taken.at / 1000.0, 'unixepoch') AS acknowledged_at,
            json_extract(taken.body, '$.by') AS acknowledged_by,
            json_extract(newest.body, '$.note') AS note
        FROM settled
        LEFT JOIN record AS received ON received.position = settled.received
        LEFT JOIN record AS newest ON newest.position = settled.newest
        LEFT JOIN record AS taken ON taken.position = settled.taken;
        """

    /// The last record that counts for the current alert of `addressed`.
    static let end =
        "CASE WHEN addressed.cancelled THEN addressed.closed ELSE coalesce(addressed.resolved, \(never)) END"

    /// The position of an event that has not happened.
    static let never = Int64.max
}
