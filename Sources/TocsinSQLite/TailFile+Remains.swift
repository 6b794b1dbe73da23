import Synchronization
import TocsinJournal
import TocsinModel

/// The remains of a crash in the file.
extension TailFile {
    /// The remains of a crash.
    struct Remains: Sendable {
        var epoch: UInt64
        /// The whole batches, in order.
        var batches: [Batch]
        /// A batch after them that was being written.
        var unfinished: Batch?
    }

    /// Returns the batches with records after `position`, or nil in a file that is new or was emptied.
    ///
    /// - Throws: `JournalError.corrupt` if a batch is damaged or missing before later ones. Peers were told of those.
    func remains(after position: Int64) throws(JournalError) -> Remains? {
        guard let epoch = beginning.withLock({ $0.epoch }) else { return nil }
        var unfinished: Batch?
        var found = try batches(in: 0, epoch) + batches(in: 1, epoch)
        found = found.filter { $0.records.upperBound > position }.sorted {
            $0.records.lowerBound < $1.records.lowerBound
        }
        if let last = found.last {
            var blocks = Self.blocks()
            if try !isWhole(last, readInto: &blocks) { unfinished = found.removeLast() }
        }
        var expected = position + 1
        for (index, batch) in found.enumerated() {
            guard index == 0 ? batch.records.lowerBound <= expected : batch.records.lowerBound == expected else {
                throw .damagedTail(path, "record \(expected) is missing before \(batch.records.lowerBound)")
            }
            expected = batch.records.upperBound + 1
        }
        return Remains(epoch: epoch, batches: found, unfinished: unfinished)
    }

    /// Returns the batches that a half was filled with last. Older batches may follow them. The first of those has been
    /// overwritten in part, so the next one may begin with any block.
    private func batches(in half: Int, _ epoch: UInt64) throws(JournalError) -> [Batch] {
        let end = min(try size(), Self.start(of: half + 1))
        var batches: [Batch] = []
        var bytes = ByteBuffer()
        var offset = Self.start(of: half)
        while offset < end {
            try read(BatchHeader.byteCount, at: offset, into: &bytes)
            guard let header = bytes.withUnsafeBytes({ BatchHeader($0, epoch: epoch) }) else {
                offset += Self.block
                continue
            }
            let batch = Batch(header: header, offset: offset)
            // The batch is an older one: no new batch follows the newest one here.
            if let newest = batches.last, batch.records.lowerBound < newest.records.lowerBound { break }
            batches.append(batch)
            offset = batch.end
        }
        return batches
    }
}
