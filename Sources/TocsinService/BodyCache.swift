import DequeModule
import TocsinJournal
import TocsinModel

/// A cache of reports that may have to be sent soon, up to a number of bytes. The oldest are removed first.
///
/// New incidents have the highest numbers and are asked for most, so they stand in order at one end. Reports read back
/// from the journal are kept beside them, in the pieces in which they were read.
struct BodyCache {
    private var newest: Deque<(number: IncidentNumber, body: [UInt8])> = []
    private var newestBytes = 0
    private var readBack: Deque<StoredReports> = []
    private var readBackBytes = 0
    /// The index of the piece that was asked for last. It most often has the next incident's report, too.
    private var latest = 0
    /// The bytes that each of the two parts may have.
    private let half: Int
    /// The most pieces that are kept of reports read back. They are searched one by one.
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

    /// Returns room for reading reports back: that of the oldest piece, once there are enough.
    mutating func takeRoom() -> StoredReports {
        var room = StoredReports()
        while readBackBytes >= half || readBack.count >= Self.mostReadBack, let oldest = readBack.popFirst() {
            readBackBytes -= oldest.byteCount
            room = oldest
        }
        room.removeAll()
        return room
    }

    /// Keeps reports that have been read back. Recipients that were away together ask for the same ones.
    mutating func addReadBack(_ reports: consuming StoredReports) {
        guard !reports.isEmpty else { return }
        readBackBytes += reports.byteCount
        readBack.append(reports)
    }
}
