import TocsinCore
import TocsinModel

/// What is going to happen in the simulated world.
enum Event {
    /// A reporter sends one of its reports, unless it has a receipt.
    case report(reporter: Int, index: Int)
    /// A terminal looks around: joins, leaves, fails, or says again what was not confirmed.
    case look(terminal: Int)
    /// The person at a terminal speaks about an alert.
    case speak(terminal: Int, AlertNumber)
    case arriveAtBroker(Connection, Input)
    case arriveAtActor(Connection, Message)

    // The daemon's own events end with it: they name its incarnation.
    case turn(incarnation: Int)
    case time(incarnation: Int)
    case written(incarnation: Int)
    case probed(incarnation: Int)
    case reopened(incarnation: Int)

    case crash
    case start
    case disk(SimulatedDisk.Condition)
    /// The faults stop.
    case calm
}

/// Events in the order of their time; those of one time in the order of being added.
struct EventQueue {
    /// The next event is the last element.
    private var events: [(time: Int64, event: Event)] = []

    mutating func add(_ event: Event, at time: Int64) {
        events.insert((time, event), at: events.partitioningIndex { $0.time <= time })
    }

    /// Takes out the next event, unless it comes after `end`.
    mutating func next(until end: Int64) -> (time: Int64, event: Event)? {
        guard let next = events.last, next.time <= end else { return nil }
        return events.removeLast()
    }
}
