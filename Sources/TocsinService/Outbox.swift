import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinWire
import ZeroMQ

/// Turns the broker's outputs into frames and sends them. It never waits: a peer that takes no more messages is
/// reported.
///
/// Header lines and JSON bodies are written into two reused buffers. Frames that the alerts of one incident share are
/// made once (``AlertFrames``).
struct Outbox: ~Copyable {
    /// The bytes of reports that are read back together: a few hundred reports, in some hundred microseconds.
    private static let readAhead = 128 * 1024

    private var header = HeaderLine()
    private var json = JSONWriter(capacity: 1024)
    private var frames = AlertFrames()
    private var bodies: BodyCache
    private let bodyCacheBytes: Int
    private let unsent: UnsentBytes
    private var index: any IncidentIndex
    /// The epoch that JOINED tells. A journal keeps its epoch while a daemon runs.
    let epoch: JournalEpoch
    var counts = Counts()
    /// Reports that were not stored, because another report has their name.
    var differing = DifferingReports()
    /// Connections on the alerts endpoint that could not be sent to. The broker must be told.
    var unreachable: [PeerIdentity] = []
    /// Connections on the reports endpoint that could not be sent to.
    var goneReporters: [PeerIdentity] = []

    init(index: any IncidentIndex, epoch: JournalEpoch, limits: Limits) {
        self.index = index
        self.epoch = epoch
        bodyCacheBytes = limits.bodyCacheBytes
        unsent = UnsentBytes(limit: limits.unsentBytes)
        bodies = BodyCache(capacity: bodyCacheBytes)
    }

    /// Switches to a journal that has been opened anew. Cached reports and frames are dropped: the numbers of incidents
    /// that did not reach the disk are given again.
    mutating func use(_ index: any IncidentIndex) {
        self.index = index
        bodies = BodyCache(capacity: bodyCacheBytes)
        frames = AlertFrames()
    }

    /// Counts the records, and caches the reports of new incidents.
    mutating func holdReports(of records: ArraySlice<JournalEntry>) {
        for entry in records {
            counts.add(entry.record)
            guard case .incident(let incident) = entry.record else { continue }
            bodies.add(IncidentNumber(entry.position), incident.report)
        }
    }

    /// Sends an output that promises nothing.
    mutating func send(_ output: ImmediateOutput, through endpoints: borrowing Endpoints) throws {
        switch output {
        case .refused(let endpoint, let peer, let subject, let refusal, let command, let number):
            counts.refused[refusal.code, default: 0] += 1
            header.begin(.refused)
            header.add(subject)
            header.add(refusal.code.rawValue)
            json.removeAll()
            refusal.writeDetail(to: &json, command: command, number: number)
            try sendWithBody(peer, endpoint, through: endpoints)
        case .ping(let endpoint, let peer):
            header.begin(.ping)
            header.add("heartbeat")
            try send(peer, endpoint, through: endpoints)
        }
    }

    /// Sends an output whose records, and all before them, are on disk.
    mutating func send(_ output: CommittedOutput, through endpoints: borrowing Endpoints) throws {
        json.removeAll()
        output.writeHeader(to: &header)
        switch output {
        case .receipt(let peer, _, let receipt):
            if receipt.isDuplicate { counts.duplicates += 1 } else { counts.reports += 1 }
            if receipt.differs {
                counts.differing += 1
                differing.note(receipt)
            }
            receipt.write(to: &json)
            try sendWithBody(peer, .reports, through: endpoints)
        case .progress(let peer, _, let progress):
            progress.write(to: &json)
            try sendWithBody(peer, .reports, through: endpoints)
        case .ok(let endpoint, let peer, _), .pong(let endpoint, let peer, _):
            try send(peer, endpoint, through: endpoints)
        case .reloaded(let peer, _, let body):
            guard try begin(peer, .control, endpoints.control, bodyBytes: body.count) else { return }
            _ = try endpoints.control.send(body, more: false, wait: false)
        case .silenced(let peer, _, let number):
            json.object { $0.member("silence", number.value) }
            try sendWithBody(peer, .control, through: endpoints)
        case .rated(let peer, _, isReopened: false): try send(peer, .reports, through: endpoints)
        case .rated(let peer, _, isReopened: true):
            RatingAnswer(isReopened: true).write(to: &json)
            try sendWithBody(peer, .reports, through: endpoints)
        case .split(let peer, _, let answer):
            answer.write(to: &json)
            try sendWithBody(peer, .control, through: endpoints)
        case .unsilenced(let peer, _), .reopened(let peer, _): try send(peer, .control, through: endpoints)
        case .subscribed(let peer, _, _): try send(peer, .alerts, through: endpoints)
        case .subscriptions(let peer, let recipient, let lines):
            json.object { json in
                json.array("subscriptions") { json in
                    for line in lines { line.write(to: &json, withRecipient: false) }
                }
            }
            guard hasRoom(peer, .alerts, json.count) else {
                let refusal = Refusal(
                    .busy, "This connection has not read what it was sent before.", retryAfterMilliseconds: 1000)
                return try send(
                    .refused(.alerts, peer, subject: recipient.name, refusal, .subscriptions, nil), through: endpoints)
            }
            try sendWithBody(peer, .alerts, through: endpoints)
        case .joined(let peer, _, var joined):
            joined.epoch = epoch
            joined.write(to: &json)
            try sendWithBody(peer, .alerts, through: endpoints)
        case .alert(let peer, let alert):
            try send(alert, to: peer, through: endpoints)
        case .confirmed(let peer, _, _, _, _):
            try send(peer, .alerts, through: endpoints)
        case .taken(let peer, _, _, let word):
            word.write(to: &json)
            try sendWithBody(peer, .alerts, through: endpoints)
        case .publish(let item, let position):
            try publish(item, at: position, through: endpoints)
        }
    }

    /// Answers an operator with a JSON body that the desk has made.
    mutating func answer(
        _ peer: Peer, _ reference: Reference, _ frame: AnswerFrame, through endpoints: borrowing Endpoints
    ) throws {
        header.begin(.ok)
        header.add(reference.text)
        guard try begin(peer, .control, endpoints.control, bodyBytes: frame.message.count) else { return }
        _ = try endpoints.control.send(&frame.message, more: false, wait: false)
    }

    /// Answers an operator with a JSON body.
    mutating func answer(
        _ peer: Peer, _ reference: Reference, _ body: borrowing JSONWriter, through endpoints: borrowing Endpoints
    ) throws {
        header.begin(.ok)
        header.add(reference.text)
        guard try begin(peer, .control, endpoints.control, bodyBytes: body.count) else { return }
        _ = try body.withUnsafeBytes { try endpoints.control.send($0, more: false, wait: false) }
    }

    /// Returns true if the operator has not read earlier answers, and should get no further large ones.
    func isFull(_ peer: Peer) -> Bool {
        !unsent.hasRoom(UnsentBytes.Connection(endpoint: .control, identity: peer.identity))
    }
}

extension Outbox {
    private mutating func send(_ alert: OutgoingAlert, to peer: Peer, through endpoints: borrowing Endpoints) throws {
        let slot = try frames.slot(of: alert.incident) ?? makeFrame(of: alert.incident)
        if !frames[slot].hasEnvelope(of: alert) {
            alert.envelope.write(to: &json)
            frames[slot].envelope = try json.withUnsafeBytes { (bytes) throws(ZeroMQError) in
                try Message(copying: bytes)
            }
            frames[slot].envelopeAlert = alert
        }
        let bodyBytes = frames[slot].envelope.count + frames[slot].report.count
        // The terminal is sent the alert again later, as long as it does not say RECEIVED.
        guard hasRoom(peer, .alerts, bodyBytes) else {
            counts.unsendable += 1
            return
        }
        guard try begin(peer, .alerts, endpoints.alerts, bodyBytes: bodyBytes) else { return }
        _ = try endpoints.alerts.send(sharing: &frames[slot].envelope, more: true, wait: false)
        _ = try endpoints.alerts.send(sharing: &frames[slot].report, more: false, wait: false)
        counts.alertsSent += 1
        if alert.isRedelivered { counts.redelivered += 1 }
    }

    private mutating func makeFrame(of incident: IncidentNumber) throws -> Int {
        frames.add(incident, report: try Message(copying: try body(of: incident)))
    }

    /// Returns an incident's report. A report that is not cached is read back from the journal, with those after it,
    /// which will be asked for next.
    private mutating func body(of incident: IncidentNumber) throws -> ArraySlice<UInt8> {
        if let body = bodies[incident] { return body }
        var reports = bodies.takeRoom()
        try index.readReports(from: incident, bytes: Self.readAhead, into: &reports)
        bodies.addReadBack(reports)
        guard let body = bodies[incident] else {
            // A terminal would say RECEIVED of an alert without its report, although such an alert tells nobody
            // anything.
            throw JournalError.corrupt(
                "The report of incident \(incident), which is to be sent, is not in the journal.")
        }
        return body
    }

    private mutating func publish(
        _ item: FeedItem, at position: Position, through endpoints: borrowing Endpoints
    ) throws {
        var report: [UInt8] = []
        if case .incident(let number, _, _) = item { report = [UInt8](try body(of: number)) }
        item.write(to: &json, at: position, report: report)
        let isSent = try json.withUnsafeBytes { try endpoints.feed.publish(Array(item.topic.utf8), $0) }
        if !isSent { counts.unsendable += 1 }
    }

    /// Sends the header alone.
    private mutating func send(_ peer: Peer, _ endpoint: Endpoint, through endpoints: borrowing Endpoints) throws {
        switch endpoint {
        case .reports: _ = try begin(peer, endpoint, endpoints.reports, bodyBytes: nil)
        case .alerts: _ = try begin(peer, endpoint, endpoints.alerts, bodyBytes: nil)
        case .control: _ = try begin(peer, endpoint, endpoints.control, bodyBytes: nil)
        }
    }

    /// Sends the header, and the JSON as its body.
    private mutating func sendWithBody(
        _ peer: Peer, _ endpoint: Endpoint, through endpoints: borrowing Endpoints
    ) throws {
        switch endpoint {
        case .reports: try sendWithBody(peer, endpoint, endpoints.reports)
        case .alerts: try sendWithBody(peer, endpoint, endpoints.alerts)
        case .control: try sendWithBody(peer, endpoint, endpoints.control)
        }
    }

    private mutating func sendWithBody(_ peer: Peer, _ endpoint: Endpoint, _ socket: borrowing Socket) throws {
        guard try begin(peer, endpoint, socket, bodyBytes: json.count) else { return }
        _ = try json.withUnsafeBytes { try socket.send($0, more: false, wait: false) }
    }

    /// Returns false if the connection has too much to read for one more large message.
    private func hasRoom(_ peer: Peer, _ endpoint: Endpoint, _ bodyBytes: Int) -> Bool {
        bodyBytes < UnsentBytes.largeBytes
            || unsent.hasRoom(UnsentBytes.Connection(endpoint: endpoint, identity: peer.identity))
    }

    /// Sends the identity, the delimiter and the header. `bodyBytes` are to follow, or nil if the header is all. Returns
    /// false if the peer is gone or takes no more messages.
    private mutating func begin(
        _ peer: Peer, _ endpoint: Endpoint, _ socket: borrowing Socket, bodyBytes: Int?
    ) throws -> Bool {
        // An operator who reads nothing is refused where the question comes in.
        let isFull = endpoint == .reports && !hasRoom(peer, endpoint, bodyBytes ?? 0)
        let outcome =
            try isFull ? .wouldBlock : peer.identity.withBytes { try socket.send($0, more: true, wait: false) }
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
        if let bodyBytes, bodyBytes >= UnsentBytes.largeBytes {
            let connection = UnsentBytes.Connection(endpoint: endpoint, identity: peer.identity)
            _ = try header.withUnsafeBytes { bytes in
                var frame = try unsent.header(bytes, of: bodyBytes, to: connection)
                return try socket.send(&frame, more: true, wait: false)
            }
        } else {
            _ = try header.withUnsafeBytes { try socket.send($0, more: bodyBytes != nil, wait: false) }
        }
        return true
    }
}
