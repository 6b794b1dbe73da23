import DequeModule
import TocsinModel

/// Reports that may have to be sent soon, up to a number of bytes; the oldest go first.
struct BodyCache {
    private var bodies: [IncidentNumber: [UInt8]] = [:]
    private var order: Deque<IncidentNumber> = []
    private var bytes = 0
    private let capacity: Int

    init(capacity: Int) {
        self.capacity = capacity
    }

    subscript(number: IncidentNumber) -> [UInt8]? { bodies[number] }

    mutating func add(_ number: IncidentNumber, _ body: [UInt8]) {
        guard bodies.updateValue(body, forKey: number) == nil else { return }
        order.append(number)
        bytes += body.count
        while bytes > capacity, order.count > 1, let oldest = order.popFirst() {
            bytes -= bodies.removeValue(forKey: oldest)?.count ?? 0
        }
    }
}
