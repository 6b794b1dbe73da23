extension Schema {
    /// The view `joined`, which has every report that has joined an incident.
    ///
    /// The records are found by the index of their incident, and those that were taken out by an index of their own: only
    /// they have no name in the columns. SQLite uses an index where the index's own condition is written.
    static let correlation = """
        CREATE INDEX record_by_split ON record (incident, json_extract(body, '$.split.report'))
            WHERE kind = 'incident' AND sender IS NULL;

        CREATE VIEW joined AS
        SELECT
            report.position AS record,
            report.incident AS incident,
            json_extract(report.body, '$.joined') AS count,
            strftime('%Y-%m-%dT%H:%M:%fZ', report.at / 1000.0, 'unixepoch') AS at,
            report.sender,
            report.identifier,
            json_extract(report.body, '$.event') AS event,
            json_extract(report.body, '$.severity') AS severity,
            json_extract(report.body, '$.grid') AS grid,
            iif(json_valid(report.report), json_extract(report.report, '$.headline'), NULL) AS headline,
            json_extract(report.body, '$.principal') AS principal,
            report.kind = 'incident' AS told,
            split.position AS split_into,
            json_extract(split.body, '$.split.by') AS split_by,
            json_extract(split.body, '$.split.reason') AS split_reason
        FROM record AS report
        LEFT JOIN record AS split INDEXED BY record_by_split
            ON split.kind = 'incident' AND split.sender IS NULL AND split.incident = report.incident
                AND json_extract(split.body, '$.split.report') = report.position
        WHERE report.incident IS NOT NULL AND report.kind IN ('joined', 'incident')
            AND json_extract(report.body, '$.joined') IS NOT NULL;
        """
}
