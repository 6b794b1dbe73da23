extension Schema {
    /// The view `incidents` with what an Update, a Cancel or a report that joined another is news of, with the count of reports
    /// at one that told somebody, with what it was taken out of, and with the time by which a rule has promised whoever
    /// reported an answer, counted from the last reopening.
    static let incidents = """
        DROP VIEW incidents;

        CREATE VIEW incidents AS
        SELECT
            position AS incident,
            strftime('%Y-%m-%dT%H:%M:%fZ', at / 1000.0, 'unixepoch') AS stored_at,
            coalesce(sender, json_extract(body, '$.split.sender')) AS sender,
            coalesce(identifier, json_extract(body, '$.split.identifier')) AS identifier,
            json_extract(body, '$.event') AS event,
            json_extract(body, '$.category') AS category,
            json_extract(body, '$.severity') AS severity,
            json_extract(body, '$.status') AS status,
            json_extract(body, '$.grid') AS grid,
            iif(json_valid(report), json_extract(report, '$.headline'), NULL) AS headline,
            iif(json_valid(report), json_extract(report, '$.area.areaDesc'), NULL) AS area,
            json_extract(body, '$.principal') AS principal,
            coalesce(json_extract(body, '$.message'), 'Alert') AS message,
            json_extract(body, '$.updates[0][0]') AS updates,
            json_extract(body, '$.joined') AS joined,
            json_extract(body, '$.split.from') AS split_from,
            strftime(
                '%Y-%m-%dT%H:%M:%fZ',
                coalesce(
                    (
                        SELECT again.at + (
                                SELECT min(json_extract(plan.value, '$.feedbackWithinMs'))
                                FROM json_each(again.body, '$.plans') AS plan
                            )
                        FROM record AS again
                        WHERE again.incident = record.position AND again.kind = 'reopened'
                        ORDER BY again.position DESC
                        LIMIT 1
                    ),
                    at + (
                        SELECT min(json_extract(plan.value, '$.feedbackWithinMs'))
                        FROM json_each(record.body, '$.plans') AS plan
                    )) / 1000.0,
                'unixepoch') AS feedback_by
        FROM record
        WHERE kind = 'incident';
        """
}
