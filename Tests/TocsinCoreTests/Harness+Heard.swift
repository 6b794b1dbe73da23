import JournalContract
import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinWire

/// What the broker has said, by kind, in the words that tests compare.
extension Harness {
    /// The receipts as a field client reads them.
    var receipts: [Receipt] {
        committed.compactMap {
            guard case .receipt(_, _, let receipt) = $0 else { return nil }
            var json = JSONWriter()
            receipt.write(to: &json)
            return try? JSONParser(maximumBytes: Int(Limits.frameBytes)).parse(json.bytes) { try Receipt(json: $0) }
        }
    }

    var alerts: [SentAlert] {
        committed.compactMap {
            guard case .alert(let peer, let alert) = $0 else { return nil }
            return SentAlert(
                terminal: Scene.name(peer), recipient: alert.recipient.name, number: alert.number,
                envelope: alert.envelope)
        }
    }

    /// The numbers of the alerts that went to one terminal, in order.
    func numbers(at terminal: String) -> [Int64] {
        alerts.filter { $0.terminal == terminal }.map(\.number.value)
    }

    /// The recipients that escalation steps have added so far, in the journal's order.
    var escalations: [String] {
        store.entries.compactMap {
            if case .escalated(let record) = $0.record { "\(record.recipient) \(record.cause.rawValue)" } else { nil }
        }
    }

    /// "RECEIVED fire unknownAlert 7": the command, its subject, the code, and the number where there is one.
    var refusals: [String] {
        immediate.compactMap {
            guard case .refused(_, _, let subject, let refusal, let command, let number) = $0 else { return nil }
            return [command?.rawValue, subject, refusal.code.rawValue, number?.description]
                .compactMap { $0 }.joined(separator: " ")
        }
    }

    var pinged: [String] {
        immediate.compactMap { if case .ping(_, let peer) = $0 { Scene.name(peer) } else { nil } }
    }

    /// "fire 1 acknowledged"
    var confirmations: [String] {
        committed.compactMap {
            guard case .confirmed(_, let recipient, let number, let state, _) = $0 else { return nil }
            return "\(recipient) \(number) \(state.rawValue)"
        }
    }

    /// "desk-2: fire 1 by Wang"
    var taken: [String] {
        committed.compactMap {
            guard case .taken(let peer, let recipient, let number, let word) = $0 else { return nil }
            return "\(Scene.name(peer)): \(recipient) \(number) by \(word.person.by)"
        }
    }

    /// "1 acknowledged fire 1", "1 closed"
    var progress: [String] {
        committed.compactMap {
            guard case .progress(_, let incident, let progress) = $0 else { return nil }
            return [incident.description, progress.event.word, progress.recipient?.name, progress.number?.description]
                .compactMap { $0 }.joined(separator: " ")
        }
    }

    var joined: [Joined] {
        committed.compactMap { if case .joined(_, _, let joined) = $0 { joined } else { nil } }
    }

    /// The subjects of every OK; "rate reopened" of a rating that has opened its incident again.
    var oks: [String] {
        committed.compactMap {
            switch $0 {
            case .ok(_, _, let subject): subject
            case .reopened(_, let reference): reference.text
            case .rated(_, let reference, let isReopened): reference.text + (isReopened ? " reopened" : "")
            default: nil
            }
        }
    }

    /// "SUBSCRIBE fire"
    var subscribed: [String] {
        committed.compactMap {
            guard case .subscribed(_, let recipient, let command) = $0 else { return nil }
            return "\(command.rawValue) \(recipient)"
        }
    }

    var pongs: [String] {
        committed.compactMap { if case .pong(_, _, let payload) = $0 { payload } else { nil } }
    }

    var published: [FeedItem] {
        committed.compactMap { if case .publish(let item, _) = $0 { item } else { nil } }
    }

    /// The journal's position that each item on the feed has.
    var publishedPositions: [Int64] {
        committed.compactMap { if case .publish(_, let position) = $0 { position.value } else { nil } }
    }

    /// The kinds of all records in the journal.
    var recorded: [JournalRecord.Kind] { store.entries.map(\.record.kind) }

    /// What is open, without what lives and dies with connections: "fire 2 open 1 undelivered".
    var owed: [String] {
        broker.mailboxLines.filter { $0.open > 0 }.map {
            "\($0.recipient) \($0.open) open \($0.undelivered) undelivered"
        }
    }
}
