import Logging
import ZeroMQ

/// Logs that connections were refused or cut, once a minute at most, however many there are.
struct ConnectionLog {
    private static let interval: Int64 = 60_000

    private var refused: Int64 = 0
    private var cut: Int64 = 0
    private var nextReport: Int64 = 0

    /// Logs the connections since the last line. `now` is in uptime milliseconds.
    mutating func report(to logger: Logger, now: Int64) {
        guard now >= nextReport else { return }
        let (allRefused, allCut) = (ConnectionBounds.refused, ConnectionBounds.cut)
        guard allRefused != refused || allCut != cut else { return }
        logger.warning(
            "connections ended",
            metadata: ["refused": "\(allRefused - refused)", "cutForWhatTheySent": "\(allCut - cut)"])
        (refused, cut, nextReport) = (allRefused, allCut, now + Self.interval)
    }
}
