import Logging
import TocsinAccess
import ZeroMQ

/// Logs that connections were refused or cut, once a minute at most, however many there are.
struct ConnectionLog {
    private static let interval: Int64 = 60_000

    private var refused: Int64 = 0
    private var cut: Int64 = 0
    private var refusedAtFeed: Int64 = 0
    private var nextReport: Int64 = 0
    private var nextReportOfFeed: Int64 = 0
    private var surplus: Int64 = 0
    private var nextReportOfSurplus: Int64 = 0

    /// Logs the connections since the last line. `now` is in uptime milliseconds.
    mutating func report(to logger: Logger, _ gatekeeper: Gatekeeper, _ door: borrowing FrontDoor, now: Int64) {
        if now >= nextReport { reportBounds(to: logger, now: now) }
        if now >= nextReportOfSurplus { reportSurplus(to: logger, gatekeeper, door, now: now) }
        if now >= nextReportOfFeed { reportFeed(to: logger, gatekeeper, now: now) }
    }

    private mutating func reportBounds(to logger: Logger, now: Int64) {
        let (allRefused, allCut) = (ConnectionBounds.refused, ConnectionBounds.cut)
        guard allRefused != refused || allCut != cut else { return }
        logger.warning(
            "connections ended",
            metadata: ["refused": "\(allRefused - refused)", "cutForWhatTheySent": "\(allCut - cut)"])
        (refused, cut, nextReport) = (allRefused, allCut, now + Self.interval)
    }

    /// Those that were one too many of their client's: how many, and whose the latest was.
    private mutating func reportSurplus(
        to logger: Logger, _ gatekeeper: Gatekeeper, _ door: borrowing FrontDoor, now: Int64
    ) {
        let all = door.surplus.count
        guard all != surplus, let latest = door.surplus.latest else { return }
        logger.warning(
            "a client has as many connections as it may have; further ones are ended",
            metadata: [
                "ended": "\(all - surplus)", "principal": "\(gatekeeper.principals[latest]?.name.text ?? "")",
                "limits.connections-per-client": "\(door.connectionsPerClient)",
            ])
        (surplus, nextReportOfSurplus) = (all, now + Self.interval)
    }

    /// Those who have a key and are refused at the feed, or cut there: how many, and the latest with the reason.
    private mutating func reportFeed(to logger: Logger, _ gatekeeper: Gatekeeper, now: Int64) {
        let all = gatekeeper.feed.refusals
        guard all != refusedAtFeed, let last = gatekeeper.feed.lastRefusal else { return }
        logger.warning(
            "clients were refused at the feed",
            metadata: [
                "count": "\(all - refusedAtFeed)",
                "latest": "\(gatekeeper.principals[last.principal]?.name.text ?? "")",
                "reason": "\(last.reason.rawValue)",
            ])
        (refusedAtFeed, nextReportOfFeed) = (all, now + Self.interval)
    }
}
