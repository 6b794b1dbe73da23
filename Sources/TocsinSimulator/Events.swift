import TocsinCore
import TocsinModel
import TocsinWire

/// What is going to happen in the simulated world.
enum Event {
    /// A reporter sends one of its reports, unless it has a receipt.
    case report(reporter: Int, index: Int)
    /// A reporter asks how an incident goes.
    case follow(reporter: Int, IncidentNumber)
    /// A terminal looks around: joins, leaves, fails, or says again what was not confirmed.
    case look(terminal: Int)
    /// The person at a terminal speaks about an alert.
    case speak(terminal: Int, AlertNumber)
    /// The person at a terminal says of all that has been taken on that it is done.
    case finish(terminal: Int)
    /// The operator closes an incident, or writes the next edition of the files and has it read.
    case close, reload
    case arriveAtBroker(Connection, Request)
    case arriveAtActor(Connection, Message)

    /// The daemon's own events end with it.
    case daemon(DaemonEvent, incarnation: Int)

    case crash
    case start
    case disk(SimulatedDisk.Condition)
    case opening(isPossible: Bool)
    case mover(isBlocked: Bool)
    case setClock(by: Int64)
    /// The machine stands still for so long, and whatever comes meanwhile waits.
    case pause(Int64)
    case feed(isWatched: Bool)
    /// The faults stop.
    case calm
    /// An operator ends the daemon: what is under way is finished.
    case drain
}

/// What the daemon waits for.
enum DaemonEvent {
    /// Something has come in, or it is time to look.
    case turn, time
    /// The disk has done something.
    case written, probed, reopened
    case filesRead(edition: Int)
}

/// What somebody asks of the daemon.
enum Request {
    case input(Input)
    case reload(Peer, Reference)
    /// A signal to read the files again.
    case signal
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
