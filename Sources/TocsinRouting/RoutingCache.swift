import Synchronization
import TocsinModel

/// Routings made before. Most reports of one place match the same rules, and a broker that stores what it derives from
/// a routing shares that between their incidents.
///
/// The cache does not change results: its routings equal newly made ones.
final class RoutingCache: Sendable {
    /// The inputs of a routing, beside the rule set: the matching rules and the place. Anything else that rules ask of
    /// a report or of the time only decides which rules match.
    struct Key: Hashable, Sendable {
        var matched: [Int]
        var grid: GridCode?
    }

    /// The most routings in the cache: enough for every grid of a district and the few rules that its reports match. A
    /// full cache is emptied.
    private static let limit = 8192
    /// The most rules, recipients and plans of all its routings together: some ten megabytes.
    private static let sizeLimit = 200_000

    private struct State {
        var routings: [Key: Routing] = [:]
        var size = 0
    }

    private let state = Mutex(State())

    func routing(_ key: Key, _ make: () -> Routing) -> Routing {
        if let routing = state.withLock({ $0.routings[key] }) { return routing }
        let routing = make()
        let size = key.matched.count + routing.addressees.count + routing.plans.count
        state.withLock { state in
            if state.routings.count >= Self.limit || state.size + size > Self.sizeLimit { state = State() }
            state.routings[key] = routing
            state.size += size
        }
        return routing
    }
}
