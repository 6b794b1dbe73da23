import Synchronization
import TocsinAccess
import TocsinModel
import ZeroMQ

/// Who comes to a feed with keys, and who has been let in: the ``Porter`` and the ``Gatekeeper`` say so, and the
/// ``FeedServer`` takes it from here.
final class FeedAdmissions: Door {
    /// The number of a connection to the feed, which no other has while the daemon runs.
    typealias Serial = UInt64

    private struct State {
        /// Whose each connection is; nil until it has been let in.
        var principals: [Serial: PrincipalNumber?] = [:]
        /// The number of connections that each principal has.
        var counts: [PrincipalNumber: Int] = [:]
        /// The connections let in since the last call of ``take()``.
        var recent: [(serial: Serial, principal: PrincipalNumber)] = []
        var count = 0
        /// Who comes next.
        var newcomer: HandedConnection?
        var lastRefusal: Refusal?
    }

    /// Why somebody who has a key was refused, or cut.
    enum Reason: String {
        case seesNothing = "its entry has no 'feed'"
        case tooManyOfClient = "its client has as many connections to the feed as it may have"
        case tooMany = "there are as many subscribers as there may be"
        case subscribesToTooMuch = "it subscribed to more than it may"
    }

    struct Refusal {
        let principal: PrincipalNumber
        let reason: Reason
    }

    private let refusalCount = Atomic<Int64>(0)

    private let state = Mutex(State())
    /// Signalled when somebody comes, or has been let in.
    let wakeUp: WakeUp

    init() throws(ServiceError) {
        wakeUp = try WakeUp()
    }

    /// The number of connections refused or cut. Reading it never waits.
    var refusals: Int64 { refusalCount.load(ordering: .relaxed) }

    /// The latest of them.
    var lastRefusal: Refusal? { state.withLock { $0.lastRefusal } }

    /// Notes that a connection was refused, or cut.
    func noteRefusal(of principal: PrincipalNumber, _ reason: Reason) {
        state.withLock { $0.lastRefusal = Refusal(principal: principal, reason: reason) }
        refusalCount.add(1, ordering: .relaxed)
    }

    /// The number of subscribers.
    var count: Int { state.withLock { $0.count } }

    func open(to newcomer: HandedConnection) -> Bool {
        let isTaken = state.withLock { state in
            guard state.newcomer == nil else { return false }
            state.newcomer = newcomer
            return true
        }
        if isTaken { wakeUp.signal() }
        return isTaken
    }

    /// True if somebody waits to be taken.
    var hasNewcomer: Bool { state.withLock { $0.newcomer != nil } }

    /// Takes who comes next; nil if nobody does.
    func takeNewcomer() -> HandedConnection? {
        state.withLock { state in
            defer { state.newcomer = nil }
            return state.newcomer
        }
    }

    /// Expects a connection that will ask to be let in.
    func expect(_ serial: Serial) { state.withLock { $0.principals[serial] = .some(nil) } }

    /// Lets a connection in. False if it has ended meanwhile, or there are as many as there may be.
    func admit(_ serial: Serial, _ principal: PrincipalNumber) -> Bool {
        var reason: Reason?
        let isIn = state.withLock { state in
            guard state.principals[serial] == .some(nil) else { return false }
            if state.count >= Limits.feedSubscribers { reason = .tooMany }
            if state.counts[principal, default: 0] >= Limits.feedSubscribersPerClient { reason = .tooManyOfClient }
            guard reason == nil else { return false }
            state.principals[serial] = principal
            state.counts[principal, default: 0] += 1
            state.recent.append((serial, principal))
            state.count += 1
            return true
        }
        if let reason { noteRefusal(of: principal, reason) }
        if isIn { wakeUp.signal() }
        return isIn
    }

    /// Returns the connections that have been let in since the last call.
    func take() -> [(serial: Serial, principal: PrincipalNumber)] {
        state.withLock { state in
            defer { state.recent.removeAll() }
            return state.recent
        }
    }

    /// Forgets a connection that has ended.
    func forget(_ serial: Serial) {
        state.withLock { state in
            guard let principal = state.principals.removeValue(forKey: serial) ?? nil else { return }
            state.count -= 1
            let rest = state.counts[principal, default: 1] - 1
            state.counts[principal] = rest == 0 ? nil : rest
        }
    }
}
