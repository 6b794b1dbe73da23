public import TocsinModel
import TocsinRouting

/// What is wrong with a roster in a span of time.
extension Roster {
    /// Returns the times of a span in which somebody must be on duty and nobody is, in the order of time.
    public func gaps(in span: Range<Timestamp>) -> [Range<Timestamp>] { gaps(of: shifts(in: span), in: span) }

    func gaps(of shifts: [DutyShift], in span: Range<Timestamp>) -> [Range<Timestamp>] {
        let open = shifts.filter(\.isGap).map(\.span)
        guard !cover.isEmpty, !open.isEmpty else { return open }
        let wanted = wanted(in: span)
        var gaps: [Range<Timestamp>] = []
        var first = 0
        for gap in open {
            while first < wanted.count, wanted[first].upperBound <= gap.lowerBound { first += 1 }
            for range in wanted[first...].prefix(while: { $0.lowerBound < gap.upperBound }) where range.overlaps(gap) {
                gaps.append(range.clamped(to: gap))
            }
        }
        return gaps
    }

    /// The times in which somebody must be on duty, in the order of time and apart from one another.
    private func wanted(in span: Range<Timestamp>) -> [Range<Timestamp>] {
        let rotation = Rotation(turns: [[]], days: 1, from: nil, handOver: 0, until: nil, hours: cover, zone: zone)
        var merged: [Range<Timestamp>] = []
        for stint in rotation.stints(in: span, holidays) {
            if let last = merged.last, stint.span.lowerBound <= last.upperBound {
                merged[merged.count - 1] = last.lowerBound..<max(last.upperBound, stint.span.upperBound)
            } else {
                merged.append(stint.span)
            }
        }
        return merged
    }

    /// Returns what somebody should look at, a line each, with the place in the file: gaps, two people where one is
    /// expected, and people who are named in an override while they are away.
    func warnings(in span: Range<Timestamp>, file: String) -> [String] {
        let shifts = shifts(in: span)
        var warnings: [String] = []
        let gaps = gaps(of: shifts, in: span)
        if let gap = gaps.first {
            warnings.append(
                "\(file):\(line):\(column): nobody is on duty for \(recipient) \(words(gap, in: span))"
                    + Self.more(gaps.count - 1))
        }
        let doubles = shifts.filter(\.isDouble)
        if let double = doubles.first {
            warnings.append(
                "\(file):\(line):\(column): \(double.persons.joined(separator: ", ")) are on duty for \(recipient) at the "
                    + "same time, by different entries of '\(double.source)', \(words(double.span, in: span))"
                    + Self.more(doubles.count - 1))
        }
        for override in overrides where override.stint.span.overlaps(span) {
            let away = override.stint.persons.filter { person in
                leave[person]?.contains { $0.overlaps(override.stint.span) } ?? false
            }
            guard !away.isEmpty else { continue }
            warnings.append(
                "\(file):\(override.line):\(override.column): the override for \(recipient) names "
                    + "\(away.joined(separator: ", ")) at a time of leave; it counts all the same")
        }
        return warnings
    }

    private static func more(_ count: Int) -> String {
        switch count {
        case ...0: ""
        case 1: ", and once more in the month"
        default: ", and \(count) times more in the month"
        }
    }

    /// `from Sat 2026-12-05 18:00 to Mon 2026-12-07 08:00 Asia/Shanghai`
    private func words(_ time: Range<Timestamp>, in span: Range<Timestamp>) -> String {
        let from = time.lowerBound == span.lowerBound ? "now" : zone.clockTime(at: time.lowerBound).description
        guard time.upperBound < span.upperBound else { return "from \(from) on (\(zone.name))" }
        return "from \(from) to \(zone.clockTime(at: time.upperBound).description) \(zone.name)"
    }
}
