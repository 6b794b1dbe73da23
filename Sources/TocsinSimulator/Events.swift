import TocsinCore
import TocsinModel
import TocsinWire

/// A future event in the simulated world.
enum Event {
    /// A reporter sends one of its reports, unless it has a receipt.
    case report(reporter: Int, index: Int)
    /// A reporter follows an incident.
    case follow(reporter: Int, IncidentNumber)
    /// A terminal looks around: it joins, leaves, fails, or repeats a word that was not confirmed.
    case look(terminal: Int)
    /// The person at a terminal speaks about an alert.
    case speak(terminal: Int, AlertNumber)
    /// The person at a terminal says that everything taken on is done.
    case finish(terminal: Int)
    /// The operator closes an incident, or writes the next edition of the files and has it read.
    case close, reload
    /// The operator asks for silence, or ends one. In the calm it ends all.
    case silence
    /// The operator takes a report out of an incident.
    case split
    case arriveAtBroker(Connection, Request)
    case arriveAtActor(Connection, Message)

    /// An event of one run of the daemon. It ends with that run.
    case daemon(DaemonEvent, incarnation: Int)

    case crash
    case start
    case disk(SimulatedDisk.Condition)
    case opening(isPossible: Bool)
    case mover(isBlocked: Bool)
    case setClock(by: Int64)
    /// The machine stands still for that many milliseconds. Everything that comes meanwhile waits.
    case pause(Int64)
    case feed(isWatched: Bool)
    /// The faults stop.
    case calm
    /// An operator ends the daemon, which finishes the work under way.
    case drain
}

/// An event that the daemon waits for.
enum DaemonEvent {
    /// Input has arrived, or it is time to look.
    case turn, time
    /// The disk has finished an operation.
    case written, probed, reopened
    case filesRead(edition: Int)
}

/// A request to the daemon.
enum Request {
    case input(Input)
    case reload(Peer, Reference)
    /// A signal to read the files again.
    case signal

    /// True if it says that somebody is there, and nothing else.
    var isSignOfLife: Bool {
        switch self {
        case .input(.heard): true
        case .input, .reload, .signal: false
        }
    }
}

/// The events in the order of their time. Events of the same time are in the order in which they were added.
struct EventQueue {
    /// The events, the next one last.
    private var events: [(time: Int64, event: Event)] = []

    mutating func add(_ event: Event, at time: Int64) {
        events.insert((time, event), at: events.partitioningIndex { $0.time <= time })
    }

    /// Removes and returns the next event, unless it comes after `end`.
    mutating func next(until end: Int64) -> (time: Int64, event: Event)? {
        guard let next = events.last, next.time <= end else { return nil }
        return events.removeLast()
    }
}
