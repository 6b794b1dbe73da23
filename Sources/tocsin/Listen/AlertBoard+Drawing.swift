import TocsinClient
import TocsinModel
import TocsinWire

extension AlertBoard {
    /// The whole screen: what is open, the list, the selected alert, what happened last, the keys.
    func lines(width: Int, height: Int, title: String, style: Style, now: Timestamp) -> [String] {
        let open = entries.count { $0.isOpen }
        let head = " \(title) · \(counted(entries.count, "alert")), \(open) to be answered "
        let detail = selected.map { self.detail($0, width: width, style: style, now: now) } ?? []
        let foot = [
            style.warning(message.cut(to: width - 1)), promptLine(width: width, style: style),
        ]
        let room = max(1, height - 1 - detail.count - foot.count - 1)
        var list = window(of: room).map { row($0, width: width, style: style, now: now) }
        if entries.isEmpty { list = [style.dim("  No alerts yet.")] }
        list += Array(repeating: "", count: max(0, room - list.count))
        let screen = [style.inverse(head.cut(to: width).padded(to: width))] + list + detail + [""] + foot
        return Array(screen.prefix(height))
    }

    /// The rows that are drawn: the selected one is always among them.
    private func window(of room: Int) -> Range<Int> {
        let first = max(0, min(selection - room / 2, entries.count - room))
        return first..<min(entries.count, first + room)
    }

    private func row(_ index: Int, width: Int, style: Style, now: Timestamp) -> String {
        let entry = entries[index]
        let envelope = entry.alert.envelope
        let mark = index == selection ? "▶" : " "
        let text = entry.facts.headline ?? entry.facts.event
        // Severity takes 12 columns, the rest of the fixed part 42.
        let free = max(8, width - 56)
        let due = entry.isOpen ? envelope.acknowledgeBy.map { "by \(Clock.time($0))" } ?? "" : ""
        let isLate = entry.isOpen && (envelope.acknowledgeBy.map { $0 < now } ?? false)
        return [
            mark, Clock.time(envelope.storedAt), style.severity(entry.facts.severity),
            text.cut(to: free).padded(to: free), isLate ? style.bad(due.padded(to: 11)) : due.padded(to: 11),
            stateText(entry, style),
        ].joined(separator: " ")
    }

    private func stateText(_ entry: Entry, _ style: Style) -> String {
        if entry.isWaiting { return style.dim("…") }
        if !entry.alert.needsAnswer, entry.state == .received { return style.dim("information") }
        let text = entry.state == .received ? "open" : entry.state.rawValue
        let whole = (entry.person.map { "\(text), \($0)" } ?? text).cut(to: 20)
        return entry.isOpen ? style.accent(whole) : style.good(whole)
    }

    private func detail(_ entry: Entry, width: Int, style: Style, now: Timestamp) -> [String] {
        let envelope = entry.alert.envelope
        let facts = [
            "\(entry.facts.event)  \(entry.facts.headline ?? "")", entry.facts.place ?? "",
            entry.facts.description ?? "",
            "\(entry.alert.recipient) #\(entry.alert.number) · incident \(envelope.incident) · rule "
                + envelope.rule.printable,
        ].filter { !$0.isEmpty }.map { " " + $0.cut(to: width - 2) }
        let isAnswered = entry.alert.needsAnswer && !entry.isOpen
        let notes =
            " "
            + (isAnswered ? stateText(entry, style) : AlertView.notes(envelope, style, now).joined(separator: " · "))
        return [style.dim(String(repeating: "─", count: width))] + facts + [notes]
    }

    private func promptLine(width: Int, style: Style) -> String {
        switch prompt {
        case .name: return "Your name (Enter to go on, Escape to cancel): \(typed)█"
        case .reason: return "Why is it declined? (Enter to go on): \(typed)█"
        case nil:
            let keys = "↑↓ select  a acknowledge  e en route  o on scene  r resolved  d decline  q quit"
            return style.dim(keys.cut(to: width - 1))
        }
    }
}
