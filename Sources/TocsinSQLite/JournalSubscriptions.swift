public import TocsinJournal
public import TocsinModel

/// The subscriptions that a journal has, read beside a daemon that may write meanwhile, or from a backup.
public enum JournalSubscriptions {
    /// Returns those that stand, in the order of their records.
    ///
    /// - Parameter journal: a state folder, or a backup's file.
    /// - Throws: `JournalError.corrupt` for a record that is not what was written; the errors of opening a journal.
    public static func read(_ journal: String) throws(JournalError) -> [Subscription] {
        let codec = RecordCodec()
        return try JournalPlace(journal).read { reading in
            if let error = reading.tailError { throw error }
            // Earlier versions have none.
            guard reading.has(.subscriptions) else { return [] }
            let table = TableReader(reading.database, codec, path: reading.path)
            var standing = SubscriptionFold(try table.subscriptionRecords(before: .max))
            try reading.forEachUnmovedRow { row in
                guard row.isOfSubscription else { return }
                standing.apply(try StoredRecord(row, path: reading.path, codec: codec).entry)
            }
            return standing.subscriptions
        }
    }
}
