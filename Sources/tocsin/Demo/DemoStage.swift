import TocsinClient
import TocsinModel
import TocsinWire

/// The demonstration's output: one line for each event, with its time.
struct DemoStage: Sendable {
    private static let verbWidth = 17

    let style: Style
    /// The columns of the screen. Longer lines continue below their beginning.
    let width: Int
    /// Prints a line.
    var show: @Sendable (String) throws -> Void = { try Console.line($0) }

    func title(_ text: String) throws {
        try show("")
        let rule = String(repeating: "─", count: max(0, min(width, 100) - 4 - text.displayWidth))
        try show(style.bold("── \(text) \(rule)".cut(to: width)))
    }

    func text(_ text: String) throws {
        try wrap("  ", text)
    }

    /// Shows a text behind a head. Its further lines are indented to the beginning of the first one.
    func wrap(_ head: String, _ text: String) throws {
        let indent = head.displayWidth
        for (index, line) in text.wrapped(to: width - indent).enumerated() {
            try show((index == 0 ? head : String(repeating: " ", count: indent)) + line)
        }
    }

    /// Shows a line such as `16:10:00.123  已落盘 durable   after 3 ms`.
    func line(_ verb: Verb, _ text: String) throws {
        let word = verb.rawValue.padded(to: Self.verbWidth)
        let coloured =
            switch verb {
            case .reported: style.bold(word)
            case .durable, .acknowledged, .restarted: style.good(word)
            case .told, .received: style.accent(word)
            case .escalated, .redelivered: style.warning(word)
            case .killed: style.bad(word)
            }
        try wrap("  \(style.dim(Clock.preciseTime(Clock.now)))  \(coloured) ", text)
    }

    /// Shows a line that belongs to the one above.
    func more(_ text: String, indent: Int = 0) throws {
        try wrap(String(repeating: " ", count: 16 + Self.verbWidth + 1 + indent), text)
    }

    enum Verb: String {
        case reported = "报告 reported"
        case durable = "落盘 durable"
        case told = "分派 told"
        case received = "送达 received"
        case acknowledged = "确认 acknowledged"
        case escalated = "上报 escalated"
        case killed = "杀死 killed"
        case restarted = "恢复 restarted"
        case redelivered = "补发 redelivered"
    }

    func reported(_ draft: ReportDraft) throws {
        try line(.reported, "\(style.severity(draft.severity)) \(style.bold(draft.headline ?? draft.event))")
        let grid = draft.grid?.description ?? "–"
        try more(style.dim("\(draft.event) from \(draft.sender), \(draft.areaDescription ?? ""), grid \(grid)"))
    }

    func receipted(_ receipt: Receipt, after duration: Duration) throws {
        try line(.durable, "after \(Clock.duration(duration)) as incident \(receipt.incident)")
        var rules: [String] = []
        for told in receipt.recipients where !rules.contains(told.rule) { rules.append(told.rule) }
        for (index, rule) in rules.enumerated() {
            let told = receipt.recipients.filter { $0.rule == rule }
            let must = told.filter { $0.purpose == .action }.map { style.accent($0.recipient.name) }
            let may = told.filter { $0.purpose == .information }.map(\.recipient.name)
            let text = "by rule \(rule)"
            if index == 0 { try line(.told, text) } else { try more(text) }
            if !must.isEmpty { try more("must answer: " + must.joined(separator: ", "), indent: 2) }
            if !may.isEmpty { try more("are informed: " + may.joined(separator: ", "), indent: 2) }
        }
    }
}
