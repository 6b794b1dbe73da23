import TocsinClient
import TocsinModel
import TocsinWire

extension AlertBoard {
    /// Returns the whole screen: the number of open alerts, the list, the selected alert, the last event, the keys. No
    /// line is wider than the screen, and there are at most as many lines as the screen has.
    func lines(width: Int, height: Int, title: String, style: Style, now: Timestamp) -> [String] {
        let open = entries.count { $0.isOpen }
        let head = " \(title) · \(counted(entries.count, "alert")), \(open) to be answered "
        // The list keeps a third of the screen, however long the details of one alert are.
        let detail = selected.map { self.detail($0, width: width, style: style, now: now) } ?? []
        let shown = detail.prefix(max(3, height * 2 / 3 - 4))
        let foot = [style.warning(message.cut(to: width)), promptLine(width: width, style: style)]
        let room = max(1, height - 1 - shown.count - foot.count - 1)
        var list = rows(room).map { row($0, width: width, style: style, now: now) }
        if entries.isEmpty { list = [style.dim("  No alerts yet.".cut(to: width))] }
        list += Array(repeating: "", count: max(0, room - list.count))
        let screen = [style.inverse(head.cut(to: width).padded(to: width))] + list + shown + [""] + foot
        return Array(screen.prefix(height))
    }

    /// Returns the rows to draw. The selected one is always among them, and where there is room for two the most urgent
    /// one as well.
    private func rows(_ room: Int) -> [Int] {
        let first = max(0, min(selection - room / 2, entries.count - room))
        let window = Array(first..<min(entries.count, first + room))
        guard first > 0, room > 1, entries[0].isOpen else { return window }
        // The row farther from the selected one makes room.
        return [0] + (selection == window.first ? window.dropLast() : window.dropFirst())
    }

    /// A part of a row, and its paint, which is applied after cutting to the remaining width.
    private struct Cell {
        var text: String
        var paint: (String) -> String = { $0 }
    }

    private func row(_ index: Int, width: Int, style: Style, now: Timestamp) -> String {
        let entry = entries[index]
        let severity = entry.facts.severity
        let text = entry.facts.headline ?? entry.facts.event
        let mark = Cell(text: index == selection ? "▶" : " ")
        guard width >= 72 else {
            let state = stateCell(entry, width: min(14, width / 3), style)
            // The width less the mark, the numeral, the state, and a space before each but the first.
            let free = max(1, width - 7 - state.text.displayWidth)
            let whole = hasSeveralRecipients ? "\(entry.alert.recipient): \(text)" : text
            let numeral = Cell(text: severity.numeral.padded(to: 3)) { style.severity(severity, as: $0) }
            return line([mark, numeral, Cell(text: whole.cut(to: free).padded(to: free)), state], width)
        }
        let whose = hasSeveralRecipients ? min(longestRecipient, width / 4) : 0
        // The width less mark 1, time 8, severity 12, deadline 11, state 20, and a space before each but the first.
        let free = max(1, width - 57 - (whose > 0 ? whose + 1 : 0))
        let deadline = entry.isOpen ? entry.alert.envelope.acknowledgeBy : nil
        let due = deadline.map { "by \(Clock.time($0))" } ?? ""
        let isLate = deadline.map { $0 < now } ?? false
        let recipient = Cell(text: entry.alert.recipient.name.cut(to: whose).padded(to: whose))
        return line(
            [mark, Cell(text: Clock.time(entry.alert.envelope.storedAt))]
                + [Cell(text: severity.label) { style.severity(severity, as: $0) }] + (whose > 0 ? [recipient] : [])
                + [Cell(text: text.cut(to: free).padded(to: free))]
                + [Cell(text: due.padded(to: 11)) { isLate ? style.bad($0) : $0 }, stateCell(entry, width: 20, style)],
            width)
    }

    /// Returns the cells with a space between them, cut at the end of the width.
    private func line(_ cells: [Cell], _ width: Int) -> String {
        var line = ""
        var used = 0
        for cell in cells {
            let gap = used > 0 ? 1 : 0
            let text = cell.text.cut(to: width - used - gap)
            guard !text.isEmpty else { continue }
            line += String(repeating: " ", count: gap) + cell.paint(text)
            used += gap + text.displayWidth
        }
        return line
    }

    private var hasSeveralRecipients: Bool {
        entries.contains { $0.alert.recipient != entries.first?.alert.recipient }
    }

    private var longestRecipient: Int { entries.map(\.alert.recipient.name.displayWidth).max() ?? 0 }

    private func stateCell(_ entry: Entry, width: Int, _ style: Style) -> Cell {
        let text = stateText(entry).cut(to: width)
        if entry.isWaiting || !entry.alert.needsAnswer { return Cell(text: text) { style.dim($0) } }
        return Cell(text: text) { entry.isOpen ? style.accent($0) : style.good($0) }
    }

    private func stateText(_ entry: Entry) -> String {
        if entry.isWaiting { return "…" }
        if !entry.alert.needsAnswer, entry.state == .received { return "information" }
        let text = entry.state == .received ? "open" : entry.state.phrase
        return entry.person.map { "\(text), \($0)" } ?? text
    }

    /// Returns everything about one alert, uncut: long lines are wrapped.
    private func detail(_ entry: Entry, width: Int, style: Style, now: Timestamp) -> [String] {
        let envelope = entry.alert.envelope
        let isAnswered = entry.alert.needsAnswer && !entry.isOpen
        let notes =
            isAnswered
            ? stateText(entry) : AlertView.notes(envelope, .plain, now).joined(separator: " · ")
        func wrapped(_ text: String) -> [String] { text.wrapped(to: width - 2).map { " " + $0 } }
        let title = "\(entry.facts.event)  \(entry.facts.headline ?? "")"
        let facts: [String] = [
            "\(entry.alert.recipient) #\(entry.alert.number) · incident \(envelope.incident) · rule "
                + envelope.rule.printable, entry.facts.place ?? "", entry.facts.description ?? "",
        ]
        var lines = [style.dim(String(repeating: "─", count: width))]
        lines += wrapped(title)
        lines += wrapped(notes).map { isAnswered ? style.good($0) : style.accent($0) }
        for fact in facts where !fact.isEmpty { lines += wrapped(fact) }
        return lines
    }

    private func promptLine(width: Int, style: Style) -> String {
        switch prompt {
        case .name: return "Your name (Enter to go on, Escape to cancel): \(typed)█".tail(to: width)
        case .reason: return "Why is it declined? (Enter to go on): \(typed)█".tail(to: width)
        case nil:
            let keys = Self.keys.first { $0.displayWidth <= width } ?? Self.keys.last ?? ""
            return style.dim(keys.cut(to: width))
        }
    }

    /// What the keys do, in ever fewer words. Each names all of them, as far as there is room for the last.
    private static let keys = [
        "↑↓ select  a acknowledge  e en route  o on scene  r resolved  d decline  q quit",
        "↑↓  a acknowledge  e en route  o on scene  r resolved  d decline  q quit",
        "a acknowledge  e en route  o scene  r resolved  d decline  q quit",
        "a acknowl.  e route  o scene  r resolved  d decline  q quit", "a ack  e route  o scene  r done  d no  q quit",
        "a ack e go o on r done d no q quit", "a  e  o  r  d  q",
    ]
}
