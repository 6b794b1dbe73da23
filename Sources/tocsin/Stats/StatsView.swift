import TocsinModel

/// The answer to STATS, for people and for spreadsheets.
struct StatsView {
    /// The times of a leg, in milliseconds.
    struct Leg {
        static let names = ["stored", "received", "acknowledged", "answered", "resolved"]

        var count: Int64
        /// p50, p90, p99 and the longest; none if there are none.
        var times: [Int64]
    }

    /// One group.
    struct Line {
        var name: String
        var incidents: Int64?
        /// alerts, toAcknowledge, acknowledged, declined, late, unanswered
        var counts: [Int64]
        var legs: [Leg]
        var ratings: (count: Int64, mean: Double)?
        /// promised, kept, missed; none where nothing was promised.
        var feedback: [Int64] = []
        /// The incidents that ended at this size of place, and those that skipped the one below; with `--by level` alone.
        var climb: [Int64] = []
    }

    private static let countNames = ["alerts", "to acknowledge", "acknowledged", "declined", "late", "unanswered"]
    private static let quantiles = ["p50", "p90", "p99", "max"]
    private static let barWidth = 30
    private static let nameWidth = 40

    let by: String
    let uncounted: Int64
    let total: Line
    let groups: [Line]
    let missed: [[String]]

    init(json: JSONNode) throws(Refusal) {
        by = try json.member("by")
        uncounted = try json.member("uncounted")
        let kind: String = by
        total = try Line(json: json.member("total"), by: kind, name: "all")
        var groups = try json.elements("groups") { (node) throws(Refusal) in try Line(json: node, by: kind) }
        let others: JSONNode? = json["others"]
        if let others { groups.append(try Line(json: others, by: kind, name: "others")) }
        self.groups = groups
        missed = try json.elements("missed") { (node) throws(Refusal) in try Self.missedLine(node) }
    }

    private static func missedLine(_ node: JSONNode) throws(Refusal) -> [String] {
        let (incident, number): (Int64, Int64) = (try node.member("incident"), try node.member("number"))
        let (told, deadline): (Timestamp, Timestamp) = (try node.member("toldAt"), try node.member("acknowledgeBy"))
        let taken: Timestamp? = try node.member(ifPresent: "acknowledgedAt")
        let recipient = try ReportView.text("recipient", in: node) ?? "–"
        let by = try ReportView.text("by", in: node)
        let answer = taken.map { "\(Clock.duration($0 - deadline)) late, by \(by ?? "–")" } ?? "nobody"
        return ["\(incident)", "\(recipient) \(number)", Clock.date(told), Clock.duration(deadline - told), answer]
    }
}

extension StatsView.Line {
    init(json: JSONNode, by: String, name: String? = nil) throws(Refusal) {
        let nobody = by == "person" ? "nobody" : by == "level" ? "no place" : "none"
        let ownName = try ReportView.text("name", in: json)
        self.name = name ?? ownName ?? nobody
        incidents = try json.member(ifPresent: "incidents")
        counts = [
            try json.member("alerts"), try json.member("toAcknowledge"), try json.member("acknowledged"),
            try json.member("declined"), try json.member("late"), try json.member("unanswered"),
        ]
        let all: JSONNode = try json.member("legs")
        legs = [
            try StatsView.Leg(json: all.member("stored")), try StatsView.Leg(json: all.member("received")),
            try StatsView.Leg(json: all.member("acknowledged")), try StatsView.Leg(json: all.member("answered")),
            try StatsView.Leg(json: all.member("resolved")),
        ]
        if let node = json["feedback"] {
            feedback = [try node.member("promised"), try node.member("kept"), try node.member("missed")]
        }
        if json["ended"] != nil { climb = [try json.member("ended"), try json.member("skipped")] }
        if let node = json["ratings"] { ratings = (try node.member("count"), node["mean"]?.double ?? 0) }
    }
}

extension StatsView.Leg {
    init(json: JSONNode) throws(Refusal) {
        count = try json.member("count")
        guard count > 0 else {
            times = []
            return
        }
        times = [
            try json.member("p50Ms"), try json.member("p90Ms"), try json.member("p99Ms"), try json.member("maxMs"),
        ]
    }
}

// MARK: - For people

extension StatsView {
    /// What each leg is.
    private static let titles = [
        "reported → stored", "alert → received", "received → acknowledged", "alert → acknowledged",
        "acknowledged → resolved",
    ]

    /// Returns the tables: what came of the alerts, each leg with its bars, and what missed its deadline.
    func lines(style: Style, width: Int) -> [String] {
        guard total.counts[0] > 0 else { return ["No alerts." + notCounted] }
        var lines = countTable(style)
        for leg in Leg.names.indices where total.legs[leg].count > 0 {
            lines += ["", style.bold(Self.titles[leg])] + legTable(leg, style, width)
        }
        if !missed.isEmpty {
            var table = Table(["incident", "alert", "told at", "within", "acknowledged"], alignments: [.right])
            for cells in missed { table.add(cells: cells) }
            lines += ["", style.bold("missed by most")] + table.lines(style: style, indent: 2)
        }
        if uncounted > 0 { lines += ["", style.dim(notCounted.trimmed)] }
        return lines
    }

    private var notCounted: String {
        uncounted > 0 ? " Not counted yet: the newest \(counted(uncounted, "record"))." : ""
    }

    private func countTable(_ style: Style) -> [String] {
        let withIncidents = groups.contains { $0.incidents != nil }
        let (withClimb, withFeedback, withRatings) = (
            !total.climb.isEmpty, !total.feedback.isEmpty, total.ratings != nil
        )
        let names =
            [by] + (withIncidents ? ["incidents"] : []) + (withClimb ? ["ended there", "skipped"] : [])
            + Self.countNames
            + (withFeedback ? ["promised", "kept", "missed"] : []) + (withRatings ? ["ratings", "mean"] : [])
        var table = Table(names, alignments: [.left] + Array(repeating: .right, count: names.count - 1))
        for line in groups + [total] {
            var cells = [line.name.cut(to: Self.nameWidth)]
            if withIncidents { cells.append(line.incidents.map { Int($0).grouped } ?? "") }
            for (index, count) in line.climb.enumerated() {
                let text = Int(count).grouped
                cells.append(index == 1 && count > 0 ? style.bad(text) : text)
            }
            for (index, count) in line.counts.enumerated() {
                let text = Int(count).grouped
                cells.append(index >= 4 && count > 0 ? style.bad(text) : text)
            }
            if withFeedback {
                let counts = line.feedback.isEmpty ? ["", "", ""] : line.feedback.map { Int($0).grouped }
                cells += counts.dropLast() + [line.feedback.last ?? 0 > 0 ? style.bad(counts[2]) : counts[2]]
            }
            if withRatings { cells += line.ratings.map { [Int($0.count).grouped, "\($0.mean)"] } ?? ["", ""] }
            table.add(cells: cells)
        }
        return table.lines(style: style)
    }

    private func legTable(_ leg: Int, _ style: Style, _ width: Int) -> [String] {
        var table = Table(
            [by, "count"] + Self.quantiles + [""], alignments: [.left] + Array(repeating: .right, count: 5))
        let shown = (groups.count == 1 ? groups : groups + [total]).filter { $0.legs[leg].count > 0 }
        let longest = shown.map { $0.legs[leg].times[1] }.max() ?? 0
        for line in shown {
            let times = line.legs[leg].times
            table.add(
                cells: [line.name.cut(to: Self.nameWidth), Int(line.legs[leg].count).grouped]
                    + times.map { Clock.duration(.milliseconds($0)) }
                    + [style.accent(Self.bar(times[0], times[1], of: longest, width: Self.barWidth(width)))])
        }
        return table.lines(style: style, indent: 2)
    }

    private static func barWidth(_ width: Int) -> Int { max(10, min(barWidth, width - 60)) }

    /// Returns a bar that is full up to p50 and light up to p90. What is above 0 is visible.
    private static func bar(_ half: Int64, _ most: Int64, of longest: Int64, width: Int) -> String {
        guard longest > 0, most > 0 else { return "" }
        func columns(_ time: Int64) -> Int { Int((Double(time) / Double(longest) * Double(width)).rounded()) }
        let (full, all) = (columns(half), max(1, columns(most)))
        return String(repeating: "█", count: min(full, all)) + String(repeating: "░", count: max(0, all - full))
    }
}

// MARK: - For spreadsheets

extension StatsView {
    /// One record for each group, and a header.
    var csv: String {
        let legs = Leg.names.flatMap { leg in ["\(leg)Count"] + ["P50", "P90", "P99", "Max"].map { "\(leg)\($0)Ms" } }
        let header =
            [by, "incidents", "alerts", "toAcknowledge", "acknowledged", "declined", "late", "unanswered"] + legs
            + ["ratings", "meanRating", "promised", "kept", "missed"]
            + (total.climb.isEmpty ? [] : ["ended", "skipped"])
        return ([header] + groups.map(Self.fields)).map(CSV.record).joined()
    }

    private static func fields(_ line: Line) -> [String] {
        [line.name, line.incidents.map(String.init) ?? ""] + line.counts.map(String.init)
            + line.legs.flatMap { leg in
                ["\(leg.count)"] + (leg.times.isEmpty ? ["", "", "", ""] : leg.times.map(String.init))
            } + (line.ratings.map { ["\($0.count)", "\($0.mean)"] } ?? ["", ""])
            + (line.feedback.isEmpty ? ["", "", ""] : line.feedback.map(String.init)) + line.climb.map(String.init)
    }
}

extension String {
    fileprivate var trimmed: String { String(drop { $0 == " " }) }
}
