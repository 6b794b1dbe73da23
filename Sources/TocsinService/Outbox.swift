import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinWire
import ZeroMQ

/// Turns the broker's outputs into frames and sends them. It never waits: a peer that takes no more is reported.
///
/// Header lines and JSON bodies are written into two reused buffers. What the alerts of one incident share, its report
/// and usually its envelope, is made once and sent by reference (`zmq_msg_copy`).
struct Outbox: ~Copyable {
    private var header = HeaderLine()
    private var json = JSONWriter(capacity: 1024)
    private var envelope = SharedFrame<Envelope>()
    private var report = SharedFrame<IncidentNumber>()
    private var bodies: BodyCache
    private let bodyCacheBytes: Int
    private var reader: any JournalReader
    var counts = Counts()
    /// Connections on the alerts endpoint that could not be sent to; the broker must be told.
    var unreachable: [PeerIdentity] = []
    /// The same on the reports endpoint.
    var goneReporters: [PeerIdentity] = []

    init(reader: any JournalReader, bodyCacheBytes: Int) {
        self.reader = reader
        self.bodyCacheBytes = bodyCacheBytes
        bodies = BodyCache(capacity: bodyCacheBytes)
    }

    /// Reads from a journal that has been opened anew. What is at hand is forgotten: the numbers of incidents that did
    /// not reach the disk are given again.
    mutating func use(_ reader: any JournalReader) {
        self.reader = reader
        bodies = BodyCache(capacity: bodyCacheBytes)
        report = SharedFrame()
        envelope = SharedFrame()
    }

    /// Keeps the reports of new incidents at hand.
    mutating func keep(_ records: [JournalEntry]) {
        for entry in records {
            guard case .incident(let incident) = entry.record else { continue }
            bodies.add(IncidentNumber(entry.position), incident.report)
        }
    }

    /// Sends what promises nothing.
    mutating func send(_ output: ImmediateOutput, through endpoints: borrowing Endpoints) throws {
        switch output {
        case .refused(let endpoint, let peer, let subject, let refusal, let command, let number):
            counts.refused[refusal.code, default: 0] += 1
            header.begin(.refused)
            header.add(subject)
            header.add(refusal.code.rawValue)
            json.removeAll()
            refusal.writeDetail(to: &json, command: command, number: number)
            try send(peer, endpoint, json.bytes, through: endpoints)
        case .ping(let peer):
            header.begin(.ping)
            header.add("heartbeat")
            try send(peer, .alerts, nil, through: endpoints)
        }
    }

    /// Sends what is true now that everything before it is on disk.
    mutating func send(_ output: CommittedOutput, through endpoints: borrowing Endpoints) throws {
        json.removeAll()
        switch output {
        case .receipt(let peer, let reference, let receipt):
            if receipt.isDuplicate { counts.duplicates += 1 } else { counts.reports += 1 }
            header.begin(.receipt)
            header.add(reference.text)
            receipt.write(to: &json)
            try send(peer, .reports, json.bytes, through: endpoints)
        case .progress(let peer, let incident, let progress):
            header.begin(.progress)
            header.add(incident.value)
            progress.write(to: &json)
            try send(peer, .reports, json.bytes, through: endpoints)
        case .ok(let endpoint, let peer, let subject):
            header.begin(.ok)
            header.add(subject)
            try send(peer, endpoint, nil, through: endpoints)
        case .pong(let endpoint, let peer, let payload):
            header.begin(.pong)
            if !payload.isEmpty { header.add(payload) }
            try send(peer, endpoint, nil, through: endpoints)
        case .joined(let peer, let recipient, let joined):
            header.begin(.joined)
            header.add(recipient.name)
            joined.write(to: &json)
            try send(peer, .alerts, json.bytes, through: endpoints)
        case .alert(let peer, let recipient, let number, let envelope):
            try sendAlert(peer, recipient, number, envelope, through: endpoints)
        case .confirmed(let peer, let recipient, let number, let state):
            counts.acknowledgements += 1
            header.begin(.confirmed)
            header.add(recipient.name)
            header.add(number.value)
            header.add(state.rawValue)
            try send(peer, .alerts, nil, through: endpoints)
        case .taken(let peer, let recipient, let number, let word):
            header.begin(.taken)
            header.add(recipient.name)
            header.add(number.value)
            word.write(to: &json)
            try send(peer, .alerts, json.bytes, through: endpoints)
        case .publish(let item):
            try publish(item, through: endpoints)
        }
    }

    /// Answers an operator with a JSON body.
    mutating func answer(
        _ peer: Peer, _ reference: Reference, _ body: [UInt8], through endpoints: borrowing Endpoints
    ) throws {
        header.begin(.ok)
        header.add(reference.text)
        try send(peer, .control, body, through: endpoints)
    }
}

extension Outbox {
    private mutating func sendAlert(
        _ peer: Peer, _ recipient: Recipient, _ number: AlertNumber, _ envelope: Envelope,
        through endpoints: borrowing Endpoints
    ) throws {
        if report.key != envelope.incident { try loadReport(of: envelope.incident) }
        if self.envelope.key != envelope {
            envelope.write(to: &json)
            try self.envelope.set(json.bytes, for: envelope)
        }
        header.begin(.alert)
        header.add(recipient.name)
        header.add(number.value)
        guard try begin(peer, .alerts, endpoints.alerts) else { return }
        _ = try endpoints.alerts.send(header.bytes, more: true, wait: false)
        _ = try endpoints.alerts.send(sharing: &self.envelope.message, more: true, wait: false)
        _ = try endpoints.alerts.send(sharing: &report.message, more: false, wait: false)
        counts.alertsSent += 1
        if envelope.isRedelivered { counts.redelivered += 1 }
    }

    private mutating func loadReport(of incident: IncidentNumber) throws {
        if let body = bodies[incident] { return try report.set(body, for: incident) }
        let body = try reader.report(of: incident) ?? []
        bodies.addReadBack(incident, body)
        try report.set(body, for: incident)
    }

    private mutating func publish(_ item: FeedItem, through endpoints: borrowing Endpoints) throws {
        var body: [UInt8] = []
        if case .incident(let number, _, _) = item { body = try bodies[number] ?? reader.report(of: number) ?? [] }
        item.write(to: &json, report: body)
        _ = try endpoints.feed.send(Array(item.topic.utf8), more: true, wait: false)
        _ = try endpoints.feed.send(json.bytes, more: false, wait: false)
    }

    /// Sends the header and perhaps one body.
    private mutating func send(
        _ peer: Peer, _ endpoint: Endpoint, _ body: [UInt8]?, through endpoints: borrowing Endpoints
    ) throws {
        switch endpoint {
        case .reports: try send(peer, endpoint, body, endpoints.reports)
        case .alerts: try send(peer, endpoint, body, endpoints.alerts)
        case .control: try send(peer, endpoint, body, endpoints.control)
        }
    }

    private mutating func send(
        _ peer: Peer, _ endpoint: Endpoint, _ body: [UInt8]?, _ socket: borrowing Socket
    ) throws {
        guard try begin(peer, endpoint, socket) else { return }
        _ = try socket.send(header.bytes, more: body != nil, wait: false)
        if let body { _ = try socket.send(body, more: false, wait: false) }
    }

    /// Sends the identity and the delimiter; false when the peer is gone or takes no more.
    private mutating func begin(_ peer: Peer, _ endpoint: Endpoint, _ socket: borrowing Socket) throws -> Bool {
        let outcome = try peer.identity.withBytes { try socket.send($0, more: true, wait: false) }
        guard outcome == .sent else {
            counts.unsendable += 1
            switch endpoint {
            case .reports: goneReporters.append(peer.identity)
            case .alerts: unreachable.append(peer.identity)
            case .control: break
            }
            return false
        }
        if peer.isDelimited { _ = try socket.send([], more: true, wait: false) }
        return true
    }
}

/// A frame that several messages carry, made once for as long as its key stays the same.
private struct SharedFrame<Key: Equatable>: ~Copyable {
    private(set) var key: Key?
    var message = Message()

    mutating func set(_ bytes: [UInt8], for key: Key) throws(ZeroMQError) {
        message = try Message(copying: bytes)
        self.key = key
    }
}
