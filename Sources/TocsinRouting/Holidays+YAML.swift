public import TocsinModel
import Yams

extension Holidays {
    /// Reads a file of dates.
    ///
    ///     off:                            # nobody works
    ///       - 2026-02-15/2026-02-23       # from and to, both included (ISO 8601)
    ///       - 2026-05-01
    ///     work:                           # a Saturday or Sunday on which people work instead
    ///       - 2026-02-14
    ///
    /// - Parameters:
    ///   - yaml: the file's text.
    ///   - file: what problems call it.
    ///   - today: the date that must be covered, and the year after it from December on; nil where that does not matter.
    /// - Throws: every problem of the file: syntax, unknown keys, no dates, dates in both lists or twice in one, working
    ///   days that were none to begin with, and years that are missing.
    public init(yaml: String, file: String, today: CivilDate?) throws(FileProblems) {
        var reader = HolidayReader(file: file)
        let holidays = reader.read(yaml, today: today)
        guard let holidays, reader.file.problems.isEmpty else { throw FileProblems(reader.file.inOrder) }
        self = holidays
    }

    /// Says that the next year is missing; nil if it is there. See ``init(yaml:file:today:)`` for when that is an error.
    public func warning(on today: CivilDate) -> String? {
        gap(on: today).map { Self.words($0.years) + "; from 1 December on that is an error" }
    }

    fileprivate static func words(_ years: [Int]) -> String {
        let years = years.map(String.init).joined(separator: " and ")
        return "there is no date of \(years) here; enter the days off and the working days that are moved"
    }
}

/// Reads a file of holidays.
private struct HolidayReader {
    var file: FileReader
    private var count = 0

    init(file: String) {
        self.file = FileReader(file: file)
    }

    mutating func read(_ yaml: String, today: CivilDate?) -> Holidays? {
        guard let root = file.compose(yaml),
            let fields = file.fields(of: root, "the file of holidays", keys: ["off", "work"])
        else { return nil }
        if fields["off"] == nil, fields["work"] == nil {
            file.note(root, "there is no date; the file of holidays has the lists 'off' and 'work'")
        }
        let off = fields["off"].map { dates($0, "off") } ?? [:]
        let work = fields["work"].map { dates($0, "work") } ?? [:]
        for (date, node) in work {
            if off[date] != nil {
                file.note(node, "\(date) is under 'off' too; a date is a day off or a working day")
            } else if !date.weekday.isWeekend {
                file.note(
                    node,
                    "\(date) is a \(date.weekday.rawValue), a working day anyway; 'work' has the Saturdays and Sundays on "
                        + "which people work")
            }
        }
        guard file.problems.isEmpty else { return nil }
        let holidays = Holidays(off: Set(off.keys), work: Set(work.keys))
        if let today, let gap = holidays.gap(on: today), gap.isError { file.note(root, Holidays.words(gap.years)) }
        return holidays
    }

    private mutating func dates(_ list: Node, _ what: String) -> [CivilDate: Node] {
        var dates: [CivilDate: Node] = [:]
        // `work:` with nothing after it is a list without dates.
        guard list.scalar.map({ !$0.string.isEmpty }) ?? true else { return [:] }
        for node in file.sequence(of: list, what) ?? [] {
            guard let range = range(node, what) else { continue }
            count += range.count
            guard count <= Limits.holidays else {
                file.note(node, "with this there are more than \(Limits.holidays) dates; that many are allowed")
                return dates
            }
            for day in range {
                let date = CivilDate(daysSince1970: day)
                if dates[date] != nil { file.note(node, "\(date) is under '\(what)' twice") }
                dates[date] = node
            }
        }
        return dates
    }

    /// Reads `2026-05-01` or `2026-05-01/2026-05-05`, as days since 1970.
    private mutating func range(_ node: Node, _ what: String) -> ClosedRange<Int>? {
        guard let text = file.text(of: node, what) else { return nil }
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let dates = parts.map { CivilDate(String($0)) }
        guard let first = dates[0], let last = dates[dates.count - 1] else {
            file.note(
                node,
                "\(Suggestion.quoted(text)) is not a date; valid are a day such as 2026-05-01, and 2026-05-01/2026-05-05 for "
                    + "the days from and to")
            return nil
        }
        guard first <= last else {
            file.note(node, "\(text) ends before it begins; write \(last)/\(first)")
            return nil
        }
        return first.daysSince1970...last.daysSince1970
    }
}
