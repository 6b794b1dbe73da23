/// The unanswered requests by their reference, with the times to send each again and to give it up.
struct RequestTable<Content> {
    /// A request and its times.
    struct Entry {
        var content: Content
        /// The time to give up; nil for a caller that waits for ever.
        var giveUpAt: Instant?
        /// The time to send again; nil for never.
        var sendAt: Instant?
        var attempts = 0

        fileprivate var dueAt: Instant? {
            earliest(giveUpAt, sendAt)
        }
    }

    /// The requests that have become due. Their references are in ascending order, in which they were made.
    struct Due {
        var expired: [(Int64, Content)] = []
        var toSend: [Int64] = []
    }

    /// The least time between two scans of all entries. It keeps a thousand requests that are due one after the other
    /// from costing a scan each.
    private static var pause: Duration { .milliseconds(10) }

    private var entries: [Int64: Entry] = [:]

    /// The time before which no entry is due; nil if there is none. Scanning all entries only then costs little: where
    /// answers come, the remaining requests are never old.
    private(set) var nextCheck: Instant?

    var isEmpty: Bool { entries.isEmpty }

    /// All references in ascending order.
    var references: [Int64] { entries.keys.sorted() }

    /// The content of a request.
    subscript(reference: Int64) -> Content? {
        entries[reference]?.content
    }

    mutating func add(_ reference: Int64, _ content: Content, giveUpAt: Instant?) {
        entries[reference] = Entry(content: content, giveUpAt: giveUpAt)
        check(at: giveUpAt)
    }

    /// Notes that the request was sent, and the time to send it again unless an answer comes.
    mutating func noteSent(_ reference: Int64, again time: Instant?) {
        entries[reference]?.sendAt = time
        check(at: time)
    }

    /// Postpones a request, as the broker asked. `wait` makes the time to wait from the number of times that the broker
    /// has asked.
    mutating func postpone(_ reference: Int64, now: Instant, by wait: (Int) -> Duration) {
        guard var entry = entries.removeValue(forKey: reference) else { return }
        entry.attempts += 1
        entry.sendAt = now + wait(entry.attempts)
        entries[reference] = entry
        check(at: entry.sendAt)
    }

    /// Changes the content of a request, if it is still in the table.
    mutating func update(_ reference: Int64, _ change: (inout Content) -> Void) {
        guard var entry = entries.removeValue(forKey: reference) else { return }
        change(&entry.content)
        entries[reference] = entry
    }

    /// Removes a request that is answered or withdrawn.
    mutating func remove(_ reference: Int64) -> Content? {
        entries.removeValue(forKey: reference)?.content
    }

    mutating func removeAll() -> [(Int64, Content)] {
        defer { entries = [:] }
        return references.compactMap { reference in entries[reference].map { (reference, $0.content) } }
    }

    /// Removes the expired requests, and returns them and those to send. The latter must be noted as sent, unless the
    /// line is down.
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
                // Until the request is sent, only its end is watched.
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
