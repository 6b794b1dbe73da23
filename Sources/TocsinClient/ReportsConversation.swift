import TocsinModel
import TocsinWire
import ZeroMQ

/// A field client's messages: REPORT and FOLLOW, each repeated until it is answered.
struct ReportsConversation: Conversation {
    typealias Completion = @Sendable (Result<Receipt, any Error>) -> Void
    typealias Follower = AsyncThrowingStream<Progress, any Error>.Continuation
    typealias RateCompletion = @Sendable (Result<RatingAnswer, any Error>) -> Void

    enum Request: Sendable {
        case report(Int64, [UInt8], giveUpAt: Instant?, Completion)
        case follow(Int64, IncidentNumber, Follower)
        case rate(Int64, IncidentNumber, [UInt8], giveUpAt: Instant?, RateCompletion)
        /// Withdraws a request, as its caller no longer waits.
        case cancel(Int64)
    }

    private struct Report {
        let json: [UInt8]
        let completion: Completion
        /// The broker's last refusal, if it asked to come again later and the report has not been sent since. The
        /// report is then known not to be stored.
        var refusal: Refusal?
    }

    private struct Rate {
        let incident: IncidentNumber
        let json: [UInt8]
        let completion: RateCompletion
        /// The broker's last refusal, as in ``Report``.
        var refusal: Refusal?
    }

    fileprivate struct Follow {
        let incident: IncidentNumber
        let follower: Follower
        /// The last known event of each alert. After a reconnect the broker repeats them all.
        var known: [AlertName: Progress.Event] = [:]
    }

    fileprivate struct AlertName: Hashable {
        let recipient: Recipient
        let number: AlertNumber
    }

    private let options: ClientOptions
    private let events: AsyncStream<ReporterEvent>.Continuation
    private let bodies = BodyReader()
    private var reports = RequestTable<Report>()
    private var follows = RequestTable<Follow>()
    private var rates = RequestTable<Rate>()
    private var followsOfIncident: [IncidentNumber: [Int64]] = [:]

    init(options: ClientOptions, events: AsyncStream<ReporterEvent>.Continuation) {
        self.options = options
        self.events = events
    }

    static let showsLife = true

    var hasFailed: Bool { false }

    func isFinished(_ line: borrowing Line) -> Bool { reports.isEmpty && rates.isEmpty }

    mutating func connected(_ line: inout Line, now: Instant) throws(ZeroMQError) {
        events.yield(.connected)
        for reference in reports.references { try sendReport(reference, &line, now) }
        for reference in rates.references { try sendRate(reference, &line, now) }
        for reference in follows.references { try sendFollow(reference, &line, now) }
    }

    mutating func disconnected() {
        events.yield(.disconnected)
    }

    mutating func shutOut(_ absence: Absence) {
        events.yield(.shutOut(absence))
    }

    mutating func take(_ request: Request, _ line: inout Line, now: Instant) throws(ZeroMQError) {
        switch request {
        case .report(let reference, let json, let giveUpAt, let completion):
            reports.add(reference, Report(json: json, completion: completion), giveUpAt: giveUpAt)
            try sendReport(reference, &line, now)
        case .follow(let reference, let incident, let follower):
            follows.add(reference, Follow(incident: incident, follower: follower), giveUpAt: nil)
            followsOfIncident[incident, default: []].append(reference)
            try sendFollow(reference, &line, now)
        case .rate(let reference, let incident, let json, let giveUpAt, let completion):
            rates.add(reference, Rate(incident: incident, json: json, completion: completion), giveUpAt: giveUpAt)
            try sendRate(reference, &line, now)
        case .cancel(let reference):
            rates.remove(reference)?.completion(.failure(CancellationError()))
            reports.remove(reference)?.completion(.failure(CancellationError()))
            removeFollow(reference)?.finish()
        }
    }

    mutating func read(_ message: borrowing Incoming, _ line: inout Line, now: Instant) throws(ZeroMQError) {
        // An unreadable answer is dropped. The request that it was for is sent again.
        guard let answer = try? message.header.withUnsafeBytes({ try ReportsAnswer(header: $0) }) else { return }
        switch answer {
        case .receipt(let reference): receipt(reference, message)
        case .refused(let reference, let code): refused(reference, code, message, now)
        case .ok(let reference):
            guard let number = Int64(reference.text) else { return }
            guard let rate = rates.remove(number) else { return follows.noteSent(number, again: nil) }
            rate.completion(ratingAnswer(message))
        case .progress(let incident): progress(incident, message)
        case .ping(let payload):
            try line.sendPong(payload)
        case .pong: break
        }
    }

    mutating func endTurn(_ line: inout Line, now: Instant) throws(ZeroMQError) -> Instant? {
        let dueReports = reports.takeDue(now: now)
        for (_, report) in dueReports.expired {
            report.completion(.failure(report.refusal.map(ClientError.refused) ?? .timedOut))
        }
        let dueRates = rates.takeDue(now: now)
        for (_, rate) in dueRates.expired {
            rate.completion(.failure(rate.refusal.map(ClientError.refused) ?? .timedOut))
        }
        let dueFollows = follows.takeDue(now: now)
        guard !line.isBlocked else {
            // The socket has not taken the last requests yet. The silence is the socket's fault, not the broker's.
            for reference in dueReports.toSend { reports.noteSent(reference, again: now + options.reconnect.minimum) }
            for reference in dueRates.toSend { rates.noteSent(reference, again: now + options.reconnect.minimum) }
            for reference in dueFollows.toSend { follows.noteSent(reference, again: now + options.reconnect.minimum) }
            return nextCheck
        }
        for reference in dueReports.toSend { try sendReport(reference, &line, now) }
        for reference in dueRates.toSend { try sendRate(reference, &line, now) }
        for reference in dueFollows.toSend { try sendFollow(reference, &line, now) }
        return nextCheck
    }

    private var nextCheck: Instant? { earliest(earliest(reports.nextCheck, rates.nextCheck), follows.nextCheck) }

    mutating func leave(_ line: inout Line, now: Instant) throws(ZeroMQError) {}

    mutating func end(_ error: ClientError) {
        events.finish()
        for (_, report) in reports.removeAll() { report.completion(.failure(error)) }
        for (_, rate) in rates.removeAll() { rate.completion(.failure(error)) }
        for (_, follow) in follows.removeAll() { follow.follower.finish(throwing: error) }
    }
}

extension ReportsConversation {
    private mutating func sendReport(_ reference: Int64, _ line: inout Line, _ now: Instant) throws(ZeroMQError) {
        guard let report = reports[reference] else { return }
        reports.noteSent(reference, again: now + options.answerTimeout)
        if line.isUp, report.refusal != nil { reports.update(reference) { $0.refusal = nil } }
        line.header.begin(.report)
        line.header.add(reference)
        try line.send(report.json)
    }

    private mutating func sendRate(_ reference: Int64, _ line: inout Line, _ now: Instant) throws(ZeroMQError) {
        guard let rate = rates[reference] else { return }
        rates.noteSent(reference, again: now + options.answerTimeout)
        if line.isUp, rate.refusal != nil { rates.update(reference) { $0.refusal = nil } }
        line.header.begin(.rate)
        line.header.add(reference)
        line.header.add(rate.incident.value)
        try line.send(rate.json)
    }

    private mutating func sendFollow(_ reference: Int64, _ line: inout Line, _ now: Instant) throws(ZeroMQError) {
        guard let follow = follows[reference] else { return }
        follows.noteSent(reference, again: now + options.answerTimeout)
        line.header.begin(.follow)
        line.header.add(reference)
        line.header.add(follow.incident.value)
        try line.send()
    }

    private mutating func receipt(_ reference: Reference, _ message: borrowing Incoming) {
        // A second receipt, for a report that was sent twice, has no waiting caller.
        guard let report = Int64(reference.text).flatMap({ reports.remove($0) }) else { return }
        do throws(ClientError) {
            guard message.bodies > 0 else { throw .malformedAnswer("RECEIPT without a receipt.") }
            report.completion(.success(try bodies.read(message.first) { try Receipt(json: $0) }))
        } catch {
            report.completion(.failure(error))
        }
    }

    private func ratingAnswer(_ message: borrowing Incoming) -> Result<RatingAnswer, any Error> {
        guard message.bodies > 0 else { return .success(RatingAnswer()) }
        do throws(ClientError) {
            return .success(try bodies.read(message.first) { try RatingAnswer(json: $0) })
        } catch {
            return .failure(error)
        }
    }

    private mutating func refused(
        _ reference: Reference, _ code: RefusalCode, _ message: borrowing Incoming, _ now: Instant
    ) {
        let refusal = bodies.refusal(code, message).refusal
        guard let number = Int64(reference.text) else {
            // Whoever does not know REPORT and FOLLOW is no endpoint for reports, and will not become one.
            if code == .unsupported { refuseAll(refusal) }
            return
        }
        guard !refusal.isPassing else {
            reports.update(number) { $0.refusal = refusal }
            rates.update(number) { $0.refusal = refusal }
            rates.postpone(number, now: now) { [options] in refusal.wait(attempt: $0, options) }
            reports.postpone(number, now: now) { [options] in refusal.wait(attempt: $0, options) }
            follows.postpone(number, now: now) { [options] in refusal.wait(attempt: $0, options) }
            return
        }
        reports.remove(number)?.completion(.failure(ClientError.refused(refusal)))
        rates.remove(number)?.completion(.failure(ClientError.refused(refusal)))
        removeFollow(number)?.finish(throwing: ClientError.refused(refusal))
    }

    private mutating func refuseAll(_ refusal: Refusal) {
        for (_, report) in reports.removeAll() { report.completion(.failure(ClientError.refused(refusal))) }
        for (_, rate) in rates.removeAll() { rate.completion(.failure(ClientError.refused(refusal))) }
        for (_, follow) in follows.removeAll() { follow.follower.finish(throwing: ClientError.refused(refusal)) }
        followsOfIncident = [:]
    }

    private mutating func progress(_ incident: IncidentNumber, _ message: borrowing Incoming) {
        guard let references = followsOfIncident[incident], message.bodies > 0,
            let progress = try? bodies.read(message.first, as: { try Progress(json: $0) })
        else { return }
        for reference in references {
            follows.update(reference) { $0.tell(progress) }
            if progress.event == .closed { removeFollow(reference)?.finish() }
        }
    }

    @discardableResult
    private mutating func removeFollow(_ reference: Int64) -> Follower? {
        guard let follow = follows.remove(reference) else { return nil }
        followsOfIncident[follow.incident]?.removeAll { $0 == reference }
        if followsOfIncident[follow.incident]?.isEmpty ?? false { followsOfIncident[follow.incident] = nil }
        return follow.follower
    }
}

extension ReportsConversation.Follow {
    fileprivate mutating func tell(_ progress: Progress) {
        if case .alert = progress.event, let recipient = progress.recipient, let number = progress.number {
            let name = ReportsConversation.AlertName(recipient: recipient, number: number)
            guard known.updateValue(progress.event, forKey: name) != progress.event else { return }
        }
        follower.yield(progress)
    }
}
