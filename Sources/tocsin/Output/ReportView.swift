import TocsinModel

/// What a report says, for people; whatever it contains, one line each and without control characters.
enum ReportView {
    /// The facts of a report that was already accepted, so members of the wrong kind are only left out.
    static func lines(_ report: JSONNode, style: Style, indent: Int) -> [String] {
        let severity = report["severity"]?.string.flatMap { Severity(rawValue: $0) } ?? .unknown
        let headline = text("headline", in: report).map { style.bold($0) }
        let event = text("event", in: report) ?? "?"
        var lines = [[style.severity(severity), event, headline].compactMap(\.self).joined(separator: "  ")]
        var table = Table()
        func add(_ name: String, _ value: String?) {
            if let value, !value.isEmpty { table.add(style.dim(name), value) }
        }
        if let status = text("status", in: report), status != ReportStatus.actual.rawValue {
            add("status", style.warning(status))
        }
        add("category", text("category", in: report))
        add("description", text("description", in: report))
        add("instruction", text("instruction", in: report))
        add("where", place(report))
        add("urgency", text("urgency", in: report))
        add("certainty", text("certainty", in: report))
        var parameters: [String] = []
        report["parameter"]?.forEachMember { name, value in
            parameters.append("\(String(decoding: name, as: UTF8.self).printable)=\(value.string?.printable ?? "?")")
        }
        add("parameters", parameters.joined(separator: ", "))
        add("sender", text("sender", in: report))
        add("identifier", text("identifier", in: report))
        add("sent", text("sent", in: report).flatMap { Timestamp($0) }.map { Clock.date($0) })
        add("contact", text("contact", in: report))
        lines += table.lines()
        return lines.map { String(repeating: " ", count: indent) + $0 }
    }

    /// Where it is: in words, and the grid code.
    static func place(_ report: JSONNode) -> String? {
        let area = report["area"]
        let words = area?["areaDesc"]?.string?.printable
        let grid = area?["grid"]?.string
        switch (words, grid) {
        case (let words?, let grid?): return "\(words) (\(grid))"
        default: return words ?? grid
        }
    }

    /// A mailbox's title, which names its place twice, with the place once: `草园社区第二网格助理员 Grid Assistant` of
    /// `草园社区第二网格网格助理员 Grid Assistant, 草园社区第二网格`.
    static func title(_ title: String) -> String {
        guard let comma = title.lastIndex(of: ",") else { return title }
        let place = title[comma...].dropFirst().drop { $0 == " " }
        guard !place.isEmpty, title.hasPrefix(place) else { return title }
        var role = title[..<comma].dropFirst(place.count)
        // A role of a grid begins with the word that the grid's name ends with.
        for count in (2...8).reversed() where place.count >= count && role.hasPrefix(place.suffix(count)) {
            role = role.dropFirst(count)
            break
        }
        return String(place) + String(role)
    }

    static func text(_ name: StaticString, in report: JSONNode) -> String? { report[name]?.string?.printable }
}
