import Synchronization
import TocsinModel

/// Routings that have been worked out before: most reports of one place match the same rules, and a broker that keeps
/// what it made of them shares it between their incidents.
///
/// It changes nothing: what it answers is what working it out again would give.
final class RoutingCache: Sendable {
    /// What a routing depends on, beside the rules: which of them match, and the place. Whatever else rules ask of a report,
    /// and of the time, has decided which match.
    struct Key: Hashable, Sendable {
        var matched: [Int]
        var grid: GridCode?
    }

    /// Enough for every grid of a district and the few rules that its reports match; above it, it begins anew.
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
