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

    private let routings = Mutex<[Key: Routing]>([:])

    func routing(_ key: Key, _ make: () -> Routing) -> Routing {
        if let routing = routings.withLock({ $0[key] }) { return routing }
        let routing = make()
        routings.withLock { routings in
            if routings.count >= Self.limit { routings.removeAll() }
            routings[key] = routing
        }
        return routing
    }
}
