import TocsinJournal
import TocsinModel

extension Ledger {
    mutating func noteMade(_ position: Position, at time: Int64) {
        madeAt[position] = time
    }

    /// Notes that the daemon takes records from now on.
    mutating func noteServing(at time: Int64) {
        servingSince = time
    }

    /// Notes that the daemon has been started. It knows the incidents' ages by the civil clock alone.
    mutating func noteStart(at time: Int64, wall: Timestamp) {
        for number in incidents.keys {
            let age = incidents[number].map { wall.milliseconds - $0.life.openedAt.milliseconds } ?? 0
            incidents[number]?.age = (max(0, age), time)
        }
    }
}
