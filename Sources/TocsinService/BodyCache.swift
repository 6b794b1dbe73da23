import DequeModule
import TocsinModel

/// Reports that may have to be sent soon, up to a number of bytes; the oldest go first.
///
/// New incidents have the highest numbers and are asked for most, so they stand in order at one end; what is read back
/// from the journal is kept beside them.
struct BodyCache {
    private var newest: Deque<(number: IncidentNumber, body: [UInt8])> = []
    private var readBack: [IncidentNumber: [UInt8]] = [:]
    private var readBackBytes = 0
    private var bytes = 0
    private let capacity: Int

    init(capacity: Int) {
        self.capacity = capacity
    }

    subscript(number: IncidentNumber) -> [UInt8]? {
        let index = firstIndex(from: number)
        if index < newest.count, newest[index].number == number { return newest[index].body }
        return readBack[number]
    }

    /// Keeps the report of a new incident, whose number is higher than all before.
    mutating func add(_ number: IncidentNumber, _ body: [UInt8]) {
        newest.append((number, body))
        bytes += body.count
        while bytes > capacity / 2, newest.count > 1, let oldest = newest.popFirst() { bytes -= oldest.body.count }
    }

    /// Keeps a report that has been read back: recipients who were away together ask for the same ones.
    mutating func addReadBack(_ number: IncidentNumber, _ body: [UInt8]) {
        if readBackBytes + body.count > capacity / 2 {
            readBack.removeAll(keepingCapacity: true)
            readBackBytes = 0
        }
        readBackBytes += body.count - (readBack.updateValue(body, forKey: number)?.count ?? 0)
    }

    /// The place of the first number from `number` on, by bisection.
    private func firstIndex(from number: IncidentNumber) -> Int {
        var (low, high) = (0, newest.count)
        while low < high {
            let middle = (low + high) / 2
            if newest[middle].number < number { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
