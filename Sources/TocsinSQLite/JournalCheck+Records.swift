import GRDB
import TocsinJournal
import TocsinModel

/// The check of the records, each by itself and in their order.
extension JournalCheck {
    mutating func checkRecords(_ reading: JournalReading) throws {
        let last = max(reading.tail?.lastPosition ?? 0, reading.tablePosition)
        let statement = try RawStatement(reading.database, RecordRow.select + " ORDER BY position")
        defer { statement.reset() }
        do {
            while try statement.step() { check(RecordRow(statement), of: last) }
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT {
            findings.add(
                "record \(lastPosition + 1), or one soon after it, cannot be read (SQLite: \(error.message ?? "damaged"))"
            )
            loseTrack()
            lastPosition = max(lastPosition, reading.tablePosition)
        }
        if let first = reading.tail?.batches.first(where: { $0.header.records.lowerBound == lastPosition + 1 })?.header,
            first.preceding != lastChecksum
        {
            findings.add("journal.tail: it does not continue record \(lastPosition)")
        }
        try reading.forEachUnmovedRow { row in
            findings.unmoved += 1
            check(row, of: last)
        }
        checkSnapshotPosition(reading, last)
    }

    private mutating func check(_ row: RecordRow, of last: Int64) {
        if row.position != lastPosition + 1 {
            let missing = (lastPosition + 1, row.position - 1)
            findings.add(
                missing.0 == missing.1
                    ? "record \(missing.0) is missing" : "records \(missing.0) to \(missing.1) are missing")
            loseTrack()
        }
        (lastPosition, lastChecksum) = (row.position, row.checksum)
        findings.records += 1
        tell(.records, row.position, of: last)
        do throws(RecordDamage) {
            let record = try StoredRecord(row, codec)
            if !chain.takesOn(record) { findings.add("record \(row.position): its chain of incidents is broken") }
            if row.isIncident { findings.incidents += 1 }
            if row.isRemovedIncident {
                findings.removedIncidents += 1
                findings.removedThrough = max(findings.removedThrough ?? record.entry.at, record.entry.at)
            }
            guard isFolding else { return }
            fold.apply(record.entry)
            if let snapshot, snapshot.position == record.entry.position { compare(snapshot) }
        } catch {
            findings.add("record \(row.position): \(error.what)")
            loseTrack()
        }
    }

    /// Notes that records are missing, or damaged: what they would have changed is not known.
    private mutating func loseTrack() {
        isFolding = false
        chain.skip()
    }

    private mutating func compare(_ snapshot: JournalSnapshot) {
        if let difference = fold.difference(from: snapshot) {
            findings.add("snapshot of \(snapshot.position) records: \(difference)")
        }
        // Later records need not be folded.
        isFolding = false
        self.snapshot = nil
    }

    private mutating func checkSnapshotPosition(_ reading: JournalReading, _ last: Int64) {
        guard let snapshot else { return }
        guard snapshot.position.value > last else {
            return findings.note(
                "The snapshot of \(snapshot.position) records is not compared: some of those are damaged.")
        }
        // A daemon may have kept the snapshot after the tail was read.
        if !reading.isBesideDaemon {
            findings.add("snapshot of \(snapshot.position) records: the journal has \(last)")
        }
    }

    /// Compares the records that are both in the tail and in the table.
    mutating func checkTail(_ reading: JournalReading) throws {
        if let error = reading.tailError { findings.add(error.what) }
        guard let tail = reading.tail else { return }
        let statement = try RawStatement(reading.database, "SELECT checksum FROM record WHERE position = ?")
        defer { statement.reset() }
        try tail.forEachRow { row in
            guard row.position <= reading.tablePosition else { return }
            statement.reset()
            try statement.bind(row.position, at: 1)
            guard try statement.step(), statement.integer(0) == Int64(row.checksum) else {
                return findings.add("record \(row.position): journal.tail and journal.sqlite do not have the same")
            }
        }
    }
}
