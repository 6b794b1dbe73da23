extension Schema {
    /// The view `alerts` with alerts that ring again and alerts that are stood down, and the view `rings`, which has each
    /// time that an alert rang again, and each step that led to a recipient who had the alert already.
    ///
    /// The last of a person's word, a ring and standing down for now decides the state; after a ring only a RECEIVED that
    /// came later counts. Delivered information neither rings nor is stood down. An end counts for what was given before it,
    /// and so does a reopening, if records of the end are lost.
    static let rings = """
        DROP VIEW alerts;

        CREATE VIEW alerts AS
        WITH told AS (
            SELECT
                *,
                (SELECT min(word.position) FROM \(wordsOfAddressed) AND word.kind = 'received') AS received,
                (SELECT max(word.position) FROM \(wordsOfAddressed) AND word.kind = 'received') AS received_last,
                (SELECT min(word.position) FROM \(wordsOfAddressed) AND word.kind = 'personal') AS spoken,
                (
                    SELECT min(word.position) FROM \(wordsOfAddressed) AND word.kind = 'personal'
                        AND json_extract(word.body, '$.state') = 'resolved'
                ) AS resolved,
                (
                    SELECT min(ending.position) FROM record AS ending
                    WHERE ending.incident = addressed.incident AND ending.position > addressed.given_by
                        AND (
                            ending.kind IN ('closed', 'reopened')
                            OR \(about("ending")) AND ending.kind = 'stoodDown'
                                AND json_extract(ending.body, '$.state') = 'cancelled'
                        )
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
                ) AS taken,
                (
                    SELECT max(ring.position) FROM record AS ring
                    WHERE ring.incident = addressed.incident AND \(about("ring")) AND ring.kind = 'rung'
                        AND ring.position <= \(end)
                ) AS rung,
                (
                    SELECT max(ring.position) FROM record AS ring
                    WHERE ring.incident = addressed.incident AND \(about("ring")) AND ring.kind = 'rung'
                        AND ring.position <= \(end) AND json_extract(ring.body, '$.acknowledgeWithinMs') IS NOT NULL
                ) AS timed,
                (
                    SELECT count(*) FROM record AS ring
                    WHERE ring.incident = addressed.incident AND \(about("ring")) AND ring.kind = 'rung'
                        AND ring.position <= \(end)
                ) AS rings,
                (
                    SELECT max(rest.position) FROM record AS rest
                    WHERE rest.incident = addressed.incident AND \(about("rest")) AND rest.kind = 'stoodDown'
                        AND json_extract(rest.body, '$.state') = 'silenced' AND rest.position <= \(end)
                ) AS silenced
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
            strftime(
                '%Y-%m-%dT%H:%M:%fZ',
                coalesce(
                    timed.at + json_extract(timed.body, '$.acknowledgeWithinMs'), settled.at + settled.within) / 1000.0,
                'unixepoch') AS acknowledge_by,
            strftime('%Y-%m-%dT%H:%M:%fZ', received.at / 1000.0, 'unixepoch') AS received_at,
            CASE
                WHEN settled.cancelled THEN 'cancelled'
                WHEN settled.resolved IS NOT NULL THEN 'resolved'
                WHEN settled.newest IS NOT NULL
                        AND (
                            settled.purpose = 'information'
                            OR settled.newest > max(coalesce(settled.rung, 0), coalesce(settled.silenced, 0)))
                    THEN json_extract(newest.body, '$.state')
                WHEN settled.purpose = 'information' AND received.position IS NOT NULL THEN 'received'
                WHEN coalesce(settled.silenced, 0) > coalesce(settled.rung, 0) THEN 'silenced'
                WHEN settled.received_last > coalesce(settled.rung, 0) THEN 'received'
                ELSE 'queued'
            END AS state,
            strftime('%Y-%m-%dT%H:%M:%fZ', taken.at / 1000.0, 'unixepoch') AS acknowledged_at,
            json_extract(taken.body, '$.by') AS acknowledged_by,
            json_extract(newest.body, '$.note') AS note,
            settled.rings
        FROM settled
        LEFT JOIN record AS received ON received.position = settled.received
        LEFT JOIN record AS newest ON newest.position = settled.newest
        LEFT JOIN record AS taken ON taken.position = settled.taken
        LEFT JOIN record AS timed ON timed.position = settled.timed;

        CREATE VIEW rings AS
        SELECT
            ring.incident,
            ring.recipient,
            ring.first AS number,
            strftime('%Y-%m-%dT%H:%M:%fZ', ring.at / 1000.0, 'unixepoch') AS at,
            json_extract(ring.body, '$.cause') AS cause,
            json_extract(origin.body, '$.plans[' || json_extract(ring.body, '$.plan') || '].rule') AS rule,
            json_extract(ring.body, '$.step') + 1 AS step,
            json_extract(ring.body, '$.lateMs') AS late_ms
        FROM record AS ring CROSS JOIN record AS origin ON origin.position = ring.incident
        WHERE ring.kind = 'rung' AND ring.incident IS NOT NULL;
        """

    /// True of a record of one incident that names the current alert of `addressed`.
    private static func about(_ record: String) -> String {
        "\(record).recipient = addressed.recipient AND \(record).first = addressed.number"
    }
}
