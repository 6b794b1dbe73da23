extension Schema {
    /// The view `incidents` with what an Update or a Cancel is news of, and the view `news`, which has one row for each
    /// incident that one is news of. `updates` is the first of them, whose timeline has it.
    static let news = """
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
            json_extract(body, '$.principal') AS principal,
            coalesce(json_extract(body, '$.message'), 'Alert') AS message,
            json_extract(body, '$.updates[0][0]') AS updates
        FROM record
        WHERE kind = 'incident';

        CREATE VIEW news AS
        SELECT
            record.position AS incident,
            json_extract(root.value, '$[0]') AS updates,
            json_extract(record.body, '$.message') AS message,
            json_extract(record.body, '$.severity') AS severity,
            strftime('%Y-%m-%dT%H:%M:%fZ', record.at / 1000.0, 'unixepoch') AS at
        FROM record CROSS JOIN json_each(record.body, '$.updates') AS root
        WHERE record.kind = 'incident';
        """
}
