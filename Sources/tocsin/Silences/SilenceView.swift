import TocsinModel

/// Silences, for people.
enum SilenceView {
    /// Returns a line for each silence that stands, and for each of the rules file.
    static func lines(_ answer: JSONNode, style: Style) throws(Refusal) -> [String] {
        var table = Table(["silence", "until", "still", "by", "reason", "when"])
        var (count, obstacles) = (0, [] as [String])
        try answer.forEachElement(of: "silences") { (line) throws(Refusal) in
            let number: Int64 = try line.member("silence")
            var when = JSONWriter()
            when.value(try line.member("when") as JSONNode)
            let mark = try line.member(ifPresent: "evenExtreme") ?? false ? "even Extreme: " : ""
            let obstacle: String? = try line.member(ifPresent: "obstacle")
            if let obstacle { obstacles.append("  \(number): \(obstacle.printable)") }
            table.add(
                obstacle == nil ? "\(number)" : style.warning("\(number)"), Clock.near(try line.member("until")),
                "\(try line.member("openIncidents") as Int64)", (try line.member("by") as String).printable,
                (try line.member(ifPresent: "reason") ?? "–").printable, mark + when.text.printable)
            count += 1
        }
        var lines = count == 0 ? ["Nothing is silent by an operator's word."] : table.lines(style: style)
        if !obstacles.isEmpty { lines += ["", style.bold("Not in force")] + obstacles }
        let windows = try windows(answer)
        if let windows { lines += ["", style.bold("In the rules")] + windows.lines(style: style) }
        return lines
    }

    private static func windows(_ answer: JSONNode) throws(Refusal) -> Table? {
        var table = Table(["name", "now", "still", "during", "by", "reason", "when"])
        var count = 0
        try answer.forEachElement(of: "windows") { (window) throws(Refusal) in
            let until: Timestamp? = try window.member(ifPresent: "until")
            let during = try window.elements("during") { (hours) throws(Refusal) in hours.string ?? "" }
            table.add(
                (try window.member("window") as String).printable, until.map { "until \(Clock.near($0))" } ?? "–",
                (try window.member(ifPresent: "openIncidents") as Int64?).map(String.init) ?? "–",
                during.joined(separator: ", ").printable, (try window.member("by") as String).printable,
                (try window.member("reason") as String).printable,
                try conditions(window))
            count += 1
        }
        return count == 0 ? nil : table
    }

    /// Returns what a silence of the rules file asks for; an earlier broker does not say.
    private static func conditions(_ window: JSONNode) throws(Refusal) -> String {
        guard window["conditions"] != nil else { return "–" }
        return try window.elements("conditions") { (condition) throws(Refusal) in condition.string ?? "" }
            .joined(separator: ", ").printable
    }

    /// Returns what keeps an alert of a timeline still: `silence 7 until 18:00:00`; nil for another line.
    static func source(_ json: JSONNode) throws(Refusal) -> String? {
        try Silencing(ifIn: json).map { phrase($0) }
    }

    /// Returns what keeps alerts still, with the date of its end if that is another day than `now`.
    static func phrase(_ silencing: Silencing, now: Timestamp = Clock.now) -> String {
        let source =
            switch silencing.source {
            case .silence(let number): "silence \(number)"
            case .window(let name): "silence “\(name.printable)” of the rules"
            }
        return "\(source) until \(Clock.near(silencing.until, now: now))"
    }

    /// Returns what a silence would have kept still in the last day.
    static func preview(_ answer: JSONNode, style: Style) throws(Refusal) -> [String] {
        let (incidents, alerts): (Int64, Int64) = (try answer.member("incidents"), try answer.member("alerts"))
        let (looked, isComplete): (Int64, Bool) = (try answer.member("looked"), try answer.member("complete"))
        let since: Timestamp = try answer.member("since")
        let extent = isComplete ? "of \(looked) since \(Clock.near(since))" : "of the newest \(looked)"
        guard incidents > 0 else { return ["It would have kept nothing still, \(extent)."] }
        var table = Table(["incident", "stored", "severity", "event", "place", "sender"])
        var count = 0
        try answer.forEachElement(of: "examples") { (line) throws(Refusal) in
            table.add(
                "\(try line.member("incident") as Int64)", Clock.near(try line.member("storedAt")),
                try line.member("severity"), (try line.member("event") as String).printable,
                try line.member(ifPresent: "grid") ?? "–", (try line.member("sender") as String).printable)
            count += 1
        }
        let head = style.bold("It would have kept still: \(incidents) incidents with \(alerts) alerts, \(extent).")
        let rest = incidents - Int64(count)
        return [head] + table.lines(style: style) + (rest > 0 ? ["… and \(rest) more"] : [])
    }
}
