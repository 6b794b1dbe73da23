import TocsinModel
import Yams

/// Reading `correlate`, by which later reports of one happening join its incident.
extension RuleReader {
    private static let longest: Duration = .seconds(Limits.correlationHours * 3600)

    /// Reads `{ by: [event, grid], within: 10m }`. Both must be there: without a time, reports would join what happened last
    /// year.
    mutating func correlation(_ node: Node, rule: String) -> Correlation? {
        guard let fields = file.fields(of: node, "correlate", keys: ["by", "within"]) else { return nil }
        if fields["within"] == nil {
            file.note(
                node,
                "correlate needs 'within', the time from one report to the next, which is missing; write for example "
                    + "'within: 10m', at most \(Limits.correlationHours)h")
        }
        let within = fields["within"].flatMap { time($0) }
        guard let list = file.required("by", in: fields) else { return nil }
        var by: [Correlation.Field] = []
        for node in file.oneOrMore(list, "by") {
            guard let field: Correlation.Field = file.word(of: node, "by", "a field that reports can have in common")
            else { continue }
            if by.contains(field) {
                file.note(node, "by names \(field.rawValue) twice; once is enough")
            } else {
                by.append(field)
            }
        }
        guard let within, !by.isEmpty else { return nil }
        return Correlation(rule: rule, by: by, withinMilliseconds: within.wholeMilliseconds)
    }

    private mutating func time(_ node: Node) -> Duration? {
        guard let within = file.duration(of: node, "within", atLeast: Rule.shortestRepetition) else { return nil }
        guard within <= Self.longest else {
            file.note(
                node,
                "within is at most \(Limits.correlationHours)h: what goes on for longer is told of again")
            return nil
        }
        return within
    }
}
