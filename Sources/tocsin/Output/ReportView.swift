import TocsinModel

/// A report's contents for people, one line each and without control characters, whatever the report contains.
enum ReportView {
    /// Returns the facts of a report that the broker has accepted. `grid` is its incident's place.
    static func lines(
        _ report: JSONNode, grid: GridCode? = nil, style: Style, indent: Int
    ) throws(Refusal) -> [String] {
        let (severity, event): (Severity, String) = (try report.member("severity"), try report.member("event"))
        let headline = try text("headline", in: report).map { style.bold($0) }
        var lines = [
            [style.severity(severity), event.printable, headline].compactMap(\.self).joined(separator: "  ")
        ]
        var table = Table()
        func add(_ name: String, _ value: String?) {
            if let value, !value.isEmpty { table.add(style.dim(name), value) }
        }
        if let status = try text("status", in: report), status != ReportStatus.actual.rawValue {
            add("status", style.warning(status))
        }
        if let type = try text("msgType", in: report), type != MessageType.alert.rawValue { add("message", type) }
        add("category", try text("category", in: report))
        add("description", try text("description", in: report))
        add("instruction", try text("instruction", in: report))
        add("where", try place(report, found: grid))
        add("urgency", try text("urgency", in: report))
        add("certainty", try text("certainty", in: report))
        var parameters: [String] = []
        let named: JSONNode? = try report.member(ifPresent: "parameter")
        try named?.forEachMember { (name, value) throws(Refusal) in
            let name = String(decoding: name, as: UTF8.self)
            let value: String = try value.read(as: "parameter.\(name)")
            parameters.append("\(name.printable)=\(value.printable)")
        }
        add("parameters", parameters.joined(separator: ", "))
        add("sender", try text("sender", in: report))
        add("identifier", try text("identifier", in: report))
        add("sent", Clock.date(try report.member("sent")))
        add("contact", try text("contact", in: report))
        lines += table.lines()
        return lines.map { String(repeating: " ", count: indent) + $0 }
    }

    /// Returns the place in words and as a grid code: the report's, or else the one that was found by its point.
    static func place(_ report: JSONNode, found: GridCode? = nil) throws(Refusal) -> String? {
        guard let area: JSONNode = try report.member(ifPresent: "area") else { return nil }
        let grid: GridCode? = try area.member(ifPresent: "grid") ?? found
        switch (try text("areaDesc", in: area), grid) {
        case (let words?, let grid?): return "\(words) (\(grid))"
        case (let words, let grid): return words ?? grid?.description
        }
    }

    /// Returns the title of a mailbox, if an answer has one.
    static func title(of node: JSONNode) throws(Refusal) -> String? {
        let title: String? = try node.member(ifPresent: "title")
        return title.map { self.title($0).printable }
    }

    /// Returns a mailbox's title, which names its place twice, with the place once: `草园社区第二网格助理员 Grid Assistant` for
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

    /// Returns a text that may be missing, without control characters.
    static func text(_ name: StaticString, in json: JSONNode) throws(Refusal) -> String? {
        let text: String? = try json.member(ifPresent: name)
        return text?.printable
    }
}
