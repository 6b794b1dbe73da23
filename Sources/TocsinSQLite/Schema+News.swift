extension Schema {
    /// The view `news`, which has one row for each incident that an Update, a Cancel or a joined report is news of.
    static let news = """
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
