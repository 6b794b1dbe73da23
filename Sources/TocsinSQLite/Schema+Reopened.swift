extension Schema {
    /// The view `addressed` with the alerts of incidents that were opened again, and with the record by which each was given.
    static let reopened = """
        DROP VIEW addressed;

        CREATE VIEW addressed AS
        SELECT
            record.position AS incident,
            json_extract(alert.value, '$[0]') AS recipient,
            json_extract(alert.value, '$[1]') AS number,
            json_extract(told.value, '$.purpose') AS purpose,
            json_extract(told.value, '$.rule') AS rule,
            0 AS escalation,
            record.at AS at,
            json_extract(told.value, '$.acknowledgeWithinMs') AS within,
            record.position AS given_by
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
            json_extract(origin.body, '$.plans[' || json_extract(step.body, '$.plan') || '].acknowledgeWithinMs'),
            step.position
        FROM record AS step CROSS JOIN record AS origin ON origin.position = step.incident
        WHERE step.kind = 'escalated' AND step.incident IS NOT NULL
        UNION ALL
        SELECT
            again.incident,
            json_extract(alert.value, '$[0]'),
            json_extract(alert.value, '$[1]'),
            json_extract(told.value, '$.purpose'),
            json_extract(told.value, '$.rule'),
            0,
            again.at,
            json_extract(told.value, '$.acknowledgeWithinMs'),
            again.position
        FROM record AS again CROSS JOIN json_each(again.body, '$.alerts') AS told
            CROSS JOIN json_each(told.value, '$.to') AS alert
        WHERE again.kind = 'reopened' AND again.incident IS NOT NULL;
        """
}
