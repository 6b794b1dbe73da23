extension Schema {
    /// The view `subscriptions`, which has those that stand now, and `operations` with who subscribed and who ended it.
    ///
    /// The index has the records of subscriptions alone, so that all other records cost nothing. SQLite uses it where
    /// the index's own condition is written, word for word.
    static let subscriptions = """
        CREATE INDEX record_by_subscription ON record (recipient, position)
            WHERE kind IN ('subscribed', 'unsubscribed');

        CREATE VIEW subscriptions AS
        SELECT
            newest.recipient,
            json_extract(newest.body, '$.name') AS name,
            json_extract(newest.body, '$.purpose') AS purpose,
            json_extract(newest.body, '$.when') AS "when",
            json_extract(newest.body, '$.by') AS by,
            json_extract(newest.body, '$.since') AS since,
            json_extract(newest.body, '$.principal') AS principal
        FROM record AS newest
        WHERE newest.kind IN ('subscribed', 'unsubscribed') AND newest.kind = 'subscribed'
            AND NOT EXISTS (
                SELECT 1 FROM record AS later
                WHERE later.kind IN ('subscribed', 'unsubscribed')
                    AND later.recipient = newest.recipient AND later.position > newest.position
                    AND json_extract(later.body, '$.name') = json_extract(newest.body, '$.name'));

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
                WHEN 'rules' THEN 'reload'
                WHEN 'subscribed' THEN 'subscribe'
                WHEN 'unsubscribed' THEN 'unsubscribe'
                ELSE kind
            END AS operation,
            iif(kind = 'incident', position, incident) AS incident,
            recipient,
            json_extract(body, '$.numbers') AS numbers,
            json_extract(body, '$.by') AS by,
            coalesce(json_extract(body, '$.note'), json_extract(body, '$.reason')) AS note,
            json_extract(body, '$.connectionsClosed') AS connections_closed,
            iif(kind IN ('subscribed', 'unsubscribed'), json_extract(body, '$.name'), NULL) AS subscription
        FROM record
        WHERE kind IN ('incident', 'received', 'personal', 'closed', 'subscribed', 'unsubscribed')
            OR kind = 'rules' AND json_extract(body, '$.continues') IS NULL;
        """
}
