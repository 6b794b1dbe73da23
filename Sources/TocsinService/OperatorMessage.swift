import TocsinAccess
import TocsinModel
import TocsinWire
import ZeroMQ

/// A control message of an operator, taken off its socket.
struct OperatorMessage: Sendable {
    let peer: Peer
    let principal: PrincipalNumber
    let command: ControlCommand
    /// The frame after the header, or nil if there is none.
    let body: [UInt8]?
    /// The frame after that: the time for EXPLAIN.
    var second: [UInt8]?
}

extension OperatorMessage {
    /// Checks a message's frames and takes it off the door. A report may have `reportBytes` bytes.
    init(
        _ command: ControlCommand, _ arrival: Arrival<ControlCommand>, at door: borrowing FrontDoor, reportBytes: Int
    ) throws(Refusal) {
        peer = arrival.peer
        principal = arrival.principal
        self.command = command
        switch command {
        case .incidents: try arrival.expectBodies(0...1, "limit and before")
        case .subscriptions: try arrival.expectBodies(0...1, "the recipient")
        case .audit: try arrival.expectBodies(0...1, "since, by, limit and before")
        case .stats: try arrival.expectBodies(0...1, "by, level, since and until")
        case .incident: try arrival.expectBodies(1...1, "the incident's number")
        case .explain: try arrival.expectBodies(1...2, "the report, and perhaps the time")
        case .close, .reopen: try arrival.expectBodies(1...1, "the incident, the name and the reason")
        case .silence: try arrival.expectBodies(1...1, "when, until, by and reason")
        case .unsilence: try arrival.expectBodies(1...1, "the silence's number, by and reason")
        case .silences: try arrival.expectBodies(0...1, "what to preview")
        case .split: try arrival.expectBodies(1...1, "report, from, by and reason")
        // These commands take no argument. Further frames are ignored.
        case .ping, .info, .pending, .clients, .reload, .pong:
            body = nil
            return
        }
        guard arrival.bodies > 0 else {
            body = nil
            return
        }
        var (what, limit) = ("argument", Limits.bodyBytes)
        if case .explain = command { (what, limit) = ("report", reportBytes) }
        guard door.body.count <= limit else {
            throw Refusal(.tooLarge, "The \(what) has \(door.body.count) bytes; at most \(limit) are allowed.")
        }
        body = door.body.bytes
        guard arrival.bodies > 1 else { return }
        guard door.second.count <= Limits.bodyBytes else {
            throw Refusal(
                .tooLarge,
                "The second body has \(door.second.count) bytes; at most \(Limits.bodyBytes) are allowed.")
        }
        second = door.second.bytes
    }

    /// Reads the body with `read`.
    ///
    /// - Throws: A ``TocsinModel/Refusal`` if the body is not JSON, or not the expected argument.
    func argument<Value>(
        _ parser: JSONParser, _ read: (JSONNode) throws(Refusal) -> Value
    ) throws(Refusal) -> Value {
        try Self.read(body ?? [], "The argument", parser, read)
    }

    /// Reads the time at which EXPLAIN judges the report; nil if it is judged as of now.
    func time(_ parser: JSONParser) throws(Refusal) -> Timestamp? {
        guard let second else { return nil }
        return try Self.read(second, "The second body", parser) { (json) throws(Refusal) in
            try ExplainTime(json: json).at
        }
    }

    private static func read<Value>(
        _ bytes: [UInt8], _ what: String, _ parser: JSONParser, _ read: (JSONNode) throws(Refusal) -> Value
    ) throws(Refusal) -> Value {
        let result = bytes.withUnsafeBytes { bytes in
            Result { () throws(Refusal) in try parser.read(bytes, what, read) }
        }
        return try result.get()
    }
}

extension ControlCommand {
    var reference: Reference {
        switch self {
        case .info(let reference), .incidents(let reference), .incident(let reference), .pending(let reference),
            .explain(let reference), .clients(let reference), .audit(let reference), .stats(let reference),
            .subscriptions(let reference), .silences(let reference), .reload(let reference), .close(let reference),
            .silence(let reference), .unsilence(let reference), .reopen(let reference), .split(let reference):
            reference
        case .ping, .pong: .none
        }
    }

    var word: CommandWord {
        switch self {
        case .info: .info
        case .incidents: .incidents
        case .incident: .incident
        case .pending: .pending
        case .explain: .explain
        case .clients: .clients
        case .subscriptions: .subscriptions
        case .audit: .audit
        case .stats: .stats
        case .reload: .reload
        case .close: .close
        case .silence: .silence
        case .unsilence: .unsilence
        case .silences: .silences
        case .reopen: .reopen
        case .split: .split
        case .ping: .ping
        case .pong: .pong
        }
    }

    /// True if the desk answers it, or reads what the loop needs for it. The loop answers the other commands: they change
    /// something, or their answer is known at once.
    var isQuestion: Bool {
        switch self {
        case .incidents, .incident, .pending, .explain, .clients, .audit, .stats, .subscriptions, .silences, .reopen:
            true
        case .info, .reload, .close, .silence, .unsilence, .split, .ping, .pong: false
        }
    }

    /// True if the body may ask for a preview in place of the change.
    var hasPreview: Bool {
        switch self {
        case .reopen, .split: true
        case .info, .incidents, .incident, .pending, .explain, .clients, .audit, .stats, .subscriptions, .silences,
            .reload, .close, .silence, .unsilence, .ping, .pong:
            false
        }
    }

    /// True if the answer may be large, so that whoever does not read is not given one more.
    var hasLargeAnswer: Bool {
        switch self {
        case .info, .incidents, .incident, .pending, .explain, .clients, .audit, .stats, .subscriptions, .silences: true
        case .reload, .close, .reopen, .silence, .unsilence, .split, .ping, .pong: false
        }
    }
}
