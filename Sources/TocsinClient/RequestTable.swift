/// Requests without an answer, by their reference: when to send each again, and when to give it up.
struct RequestTable<Content> {
    /// A request and its times.
    struct Entry {
        var content: Content
        /// nil: never; the caller waits for ever.
        var giveUpAt: Instant?
        /// nil: never; silence is to be borne.
        var sendAt: Instant?
        var attempts = 0

        fileprivate var dueAt: Instant? {
            earliest(giveUpAt, sendAt)
        }
    }

    /// What has become due, by reference in ascending order, which is the order they were asked in.
    struct Due {
        var expired: [(Int64, Content)] = []
        var toSend: [Int64] = []
    }

    /// The least time between two looks at all entries: a thousand that are due one after the other do not cost a look
    /// each.
    private static var pause: Duration { .milliseconds(10) }

    private var entries: [Int64: Entry] = [:]

    /// No entry is due before this; nil: none at all. Looking at all entries only then costs little, for where answers
    /// come, what is left is never old.
    private(set) var nextCheck: Instant?

    var isEmpty: Bool { entries.isEmpty }

    /// All references in ascending order.
    var references: [Int64] { entries.keys.sorted() }

    /// What is kept of a request.
    subscript(reference: Int64) -> Content? {
        entries[reference]?.content
    }

    mutating func add(_ reference: Int64, _ content: Content, giveUpAt: Instant?) {
        entries[reference] = Entry(content: content, giveUpAt: giveUpAt)
        check(at: giveUpAt)
    }

    /// The request was sent: when to send it again, unless an answer comes.
    mutating func noteSent(_ reference: Int64, again time: Instant?) {
        entries[reference]?.sendAt = time
        check(at: time)
    }

    /// The broker asked to come again later. How long to `wait` is made from the number of times that it has asked so.
    mutating func postpone(_ reference: Int64, now: Instant, by wait: (Int) -> Duration) {
        guard var entry = entries.removeValue(forKey: reference) else { return }
        entry.attempts += 1
        entry.sendAt = now + wait(entry.attempts)
        entries[reference] = entry
        check(at: entry.sendAt)
    }

    /// Changes what is kept of a request, if it is still there.
    mutating func update(_ reference: Int64, _ change: (inout Content) -> Void) {
        guard var entry = entries.removeValue(forKey: reference) else { return }
        change(&entry.content)
        entries[reference] = entry
    }

    /// The request is answered or withdrawn.
    mutating func remove(_ reference: Int64) -> Content? {
        entries.removeValue(forKey: reference)?.content
    }

    mutating func removeAll() -> [(Int64, Content)] {
        defer { entries = [:] }
        return references.compactMap { reference in entries[reference].map { (reference, $0.content) } }
    }

    /// Takes out what has expired, and tells what to send; that must be noted as sent, unless the line is down.
    mutating func takeDue(now: Instant) -> Due {
        var due = Due()
        guard let check = nextCheck, check <= now else { return due }
        nextCheck = nil
        var next: Instant?
        for (reference, entry) in entries {
            if let giveUpAt = entry.giveUpAt, giveUpAt <= now {
                due.expired.append((reference, entry.content))
            } else if let sendAt = entry.sendAt, sendAt <= now {
                due.toSend.append(reference)
                // Until it is sent it is looked at for its end alone.
                if let giveUpAt = entry.giveUpAt { next = earliest(next, giveUpAt) }
            } else if let dueAt = entry.dueAt {
                next = earliest(next, dueAt)
            }
        }
        for (reference, _) in due.expired { entries[reference] = nil }
        due.expired.sort { $0.0 < $1.0 }
        due.toSend.sort()
        nextCheck = next.map { max($0, now + Self.pause) }
        return due
    }

    private mutating func check(at time: Instant?) {
        nextCheck = earliest(nextCheck, time)
    }
}
