import DequeModule
import TocsinJournal
import TocsinModel

/// Reports that may have to be sent soon, up to a number of bytes; the oldest go first.
///
/// New incidents have the highest numbers and are asked for most, so they stand in order at one end; what is read back
/// from the journal is kept beside them, as it was read.
struct BodyCache {
    private var newest: Deque<(number: IncidentNumber, body: [UInt8])> = []
    private var newestBytes = 0
    private var readBack: Deque<StoredReports> = []
    private var readBackBytes = 0
    /// Which of them was asked for last: the next incident's report is most often there, too.
    private var latest = 0
    /// Bytes that each of the two may have.
    private let half: Int
    /// How often something may have been read back that is still kept: they are looked through one by one.
    private static let mostReadBack = 128

    init(capacity: Int) {
        half = capacity / 2
    }

    subscript(number: IncidentNumber) -> ArraySlice<UInt8>? {
        mutating get {
            let index = newest.partitioningIndex { $0.number >= number }
            if index < newest.count, newest[index].number == number { return newest[index].body[...] }
            if latest < readBack.count, let body = readBack[latest][number] { return body }
            for index in readBack.indices.reversed() {
                guard let body = readBack[index][number] else { continue }
                latest = index
                return body
            }
            return nil
        }
    }

    /// Keeps the report of a new incident, whose number is higher than all before.
    mutating func add(_ number: IncidentNumber, _ body: [UInt8]) {
        newest.append((number, body))
        newestBytes += body.count
        while newestBytes > half, newest.count > 1, let oldest = newest.popFirst() { newestBytes -= oldest.body.count }
    }

    /// Room to read some reports back into: that of the oldest ones, once there are enough.
    mutating func takeRoom() -> StoredReports {
        var room = StoredReports()
        while readBackBytes >= half || readBack.count >= Self.mostReadBack, let oldest = readBack.popFirst() {
            readBackBytes -= oldest.byteCount
            room = oldest
        }
        room.removeAll()
        return room
    }

    /// Keeps reports that have been read back: recipients who were away together ask for the same ones.
    mutating func addReadBack(_ reports: consuming StoredReports) {
        guard !reports.isEmpty else { return }
        readBackBytes += reports.byteCount
        readBack.append(reports)
    }
}
