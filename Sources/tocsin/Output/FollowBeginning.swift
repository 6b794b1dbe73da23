import TocsinModel
import TocsinWire

/// The beginning of what becomes of an incident: where each alert stands, in one line for all.
///
/// The broker says it alert by alert. What happens while it does ends the beginning.
struct FollowBeginning {
    /// The number of alerts that are still to be heard of.
    private var expected: Int
    private var counts: [(state: AlertState, count: Int)] = []
    private var seen: Set<Recipient> = []
    private var at: Timestamp?
    private var wasOver = false

    /// - Parameter expected: How many alerts the receipt names; 0: each line stands for itself.
    init(expected: Int) {
        self.expected = expected
    }

    /// - Parameter receipt: The receipt of the report whose incident is followed. One that has joined an incident follows that
    ///   one, or what it has become since, of whose alerts the receipt says nothing: then each line stands for itself.
    init(after receipt: Receipt) {
        self.init(expected: receipt.joined == nil ? receipt.recipients.count : 0)
    }

    /// True if the change that was taken last is to be shown by itself.
    var isOver: Bool { wasOver }

    /// - Returns: The line for all, once it is complete.
    mutating func take(_ progress: Progress, style: Style) -> [String] {
        wasOver = expected == 0
        guard !wasOver else { return [] }
        guard case .alert(let state) = progress.event, let recipient = progress.recipient, progress.person == nil,
            seen.insert(recipient).inserted
        else {
            wasOver = true
            return line(style)
        }
        if let index = counts.firstIndex(where: { $0.state == state }) {
            counts[index].count += 1
        } else {
            counts.append((state, 1))
        }
        at = at ?? progress.at
        expected -= 1
        return expected == 0 ? line(style) : []
    }

    private mutating func line(_ style: Style) -> [String] {
        expected = 0
        guard let at else { return [] }
        let states = counts.map { count in
            let text = "\(count.count.grouped) \(count.state.phrase)"
            return count.state.isTaken ? style.good(text) : text
        }
        let alerts = counted(seen.count, "alert")
        return ["\(Clock.preciseTime(at))  \(alerts): \(states.joined(separator: ", "))"]
    }
}
