import Histogram
import TocsinModel

/// The result of one measurement.
struct BenchResult: Sendable {
    /// The kind of a measurement: as fast as possible, or at a steady rate.
    enum Kind: Sendable {
        case flood(outstanding: Int)
        case pace(Rate, BenchLoad.Latencies)
    }

    var name: String
    var event: String
    var kind: Kind
    var counts: BenchLoad.Counts

    private func perSecond(_ count: Int, until end: UInt64) -> Int {
        end > counts.firstSentAt ? Int(Double(count) * 1e9 / Double(end - counts.firstSentAt)) : 0
    }

    private var incidentsPerSecond: Int { perSecond(counts.receipts, until: counts.lastReceiptAt) }
    private var alertsPerSecond: Int { perSecond(counts.alerts, until: counts.lastAlertAt) }
    private var acknowledgedPerSecond: Int { perSecond(counts.acknowledged, until: counts.lastAcknowledgedAt) }

    /// Returns the lines for people.
    func lines(style: Style) -> [String] {
        var table = Table(alignments: [.left, .right, .right])
        switch kind {
        case .flood:
            table.add("reports receipted, durable", counts.receipts.grouped, "\(incidentsPerSecond.grouped)/s")
            table.add("alerts received", counts.alerts.grouped, "\(alertsPerSecond.grouped)/s")
            if counts.acknowledged > 0 {
                table.add("acknowledged by name", counts.acknowledged.grouped, "\(acknowledgedPerSecond.grouped)/s")
            }
        case .pace(_, let latencies):
            table = Table(
                ["", "count", "p50", "p99", "p99.9", "max"],
                alignments: [.left, .right, .right, .right, .right, .right])
            for (name, histogram) in [("report to receipt", latencies.receipts), ("report to alert", latencies.alerts)]
            {
                table.add(
                    cells: [name, Int(histogram.totalCount).grouped]
                        + Self.points.map { Self.milliseconds(histogram.valueAtPercentile($0.percentile)) })
            }
        }
        return name.wrapped(to: 80).map(style.bold) + table.lines(style: style, indent: 2) + pictures(style)
    }

    private func pictures(_ style: Style) -> [String] {
        guard case .pace(_, let latencies) = kind else { return [] }
        return [("report to receipt", latencies.receipts), ("report to alert", latencies.alerts)].flatMap {
            name, histogram in
            ["", "  " + style.bold(name)] + LatencyPicture(histogram).lines(style: style).map { "  " + $0 }
        }
    }

    /// Writes the same for programs, with latencies in microseconds.
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("name", name)
            json.member("event", event)
            json.member("reports", counts.receipts)
            json.member("alerts", counts.alerts)
            json.member("acknowledged", counts.acknowledged)
            switch kind {
            case .flood(let outstanding):
                json.member("outstanding", outstanding)
                json.member("reportsPerSecond", incidentsPerSecond)
                json.member("alertsPerSecond", alertsPerSecond)
                json.member("acknowledgedPerSecond", acknowledgedPerSecond)
            case .pace(let rate, let latencies):
                json.member("rate", rate.description)
                Self.write(latencies.receipts, "receiptMicroseconds", to: &json)
                Self.write(latencies.alerts, "alertMicroseconds", to: &json)
            }
        }
    }

    private static let points: [(name: StaticString, percentile: Double)] = [
        ("p50", 50), ("p99", 99), ("p99.9", 99.9), ("max", 100),
    ]

    private static func write(_ histogram: Histogram<UInt64>, _ name: StaticString, to json: inout JSONWriter) {
        json.object(name) { json in
            for point in points { json.member(point.name, Int(histogram.valueAtPercentile(point.percentile))) }
            LatencyPicture(histogram).write(to: &json)
        }
    }

    /// Returns microseconds as `0.412 ms`.
    private static func milliseconds(_ microseconds: UInt64) -> String {
        let decimals = String(microseconds % 1000 + 1000).dropFirst()
        return "\(microseconds / 1000).\(decimals) ms"
    }
}
