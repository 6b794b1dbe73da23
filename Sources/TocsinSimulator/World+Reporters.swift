import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinWire

/// A field client. It sends each report until it has a receipt, and follows the incident.
struct SimulatedReporter {
    var connection: Connection
    var reports: [Report]
    /// The first receipt of each report.
    var receipts: [IncidentReceipt?]
    /// The incidents whose end it has heard of.
    var closed: Set<IncidentNumber> = []
    var followed = 0

    init(index: Int, using random: inout SplitMix64) {
        connection = Connection(actor: .reporter(index))
        var reports = (0..<4).map { number in
            Report(
                name: ReportName(sender: "phone-\(index)", identifier: "r-\(number)"), sent: Timestamp(milliseconds: 0),
                event: Town.events[Int(random.pick(0...3))], category: .fire,
                severity: Severity.allCases[Int(random.pick(0...4))], status: number == 3 ? .exercise : .actual)
        }
        // Somebody calls it by its name.
        for index in reports.indices where random.chance(20) { reports[index].happenings = ["the great fire"] }
        Self.addNews(to: &reports, of: index, using: &random)
        self.reports = reports
        receipts = Array(repeating: nil, count: reports.count)
    }

    /// Makes an Update or a Cancel of some reports: of its own, of somebody else's, of one that is never sent, or of itself.
    private static func addNews(to reports: inout [Report], of phone: Int, using random: inout SplitMix64) {
        for index in 1..<reports.count where random.chance(40) {
            let names = (0..<random.pick(1...2)).map { _ in
                let sender = random.chance(75) ? phone : Int(random.pick(0...4))
                let number = random.pick(0...Int64(random.chance(90) ? index - 1 : 9))
                return "phone-\(sender),r-\(number),1970-01-01T00:00:00Z"
            }
            reports[index].messageType = random.chance(65) ? .update : .cancel
            reports[index].references = names.joined(separator: " ")
        }
    }

    /// Returns the body of a REPORT with this reference. Now and then the same report has other bytes.
    static func body(of reference: Reference, _ name: ReportName) -> [UInt8] {
        [UInt8](name.identifier.utf8) + (isChanged(reference) ? [UInt8(ascii: "!")] : [])
    }

    private static func isChanged(_ reference: Reference) -> Bool { reference.text.hasSuffix("!") }

    /// Returns the index of the report that a reference names.
    static func index(of reference: Reference) -> Int? {
        Int(isChanged(reference) ? String(reference.text.dropLast()) : reference.text)
    }

    /// Returns the incident that a FOLLOW with this reference names.
    static func followed(_ reference: String) -> IncidentNumber? {
        let parts = reference.split(separator: "-")
        return parts.count == 3 && parts[0] == "follow" ? Int64(parts[1]).map { IncidentNumber($0) } : nil
    }
}

extension World {
    /// Sends a report and looks again later. Now and then it sends a report that has its receipt already.
    mutating func send(_ reporter: Int, _ index: Int) {
        let hasReceipt = reporters[reporter].receipts[index] != nil
        if hasReceipt, random.chance(70) { return }
        if !isCalm, profile.happens(.brokenConnections, 15, using: &random) { reconnect(reporter: reporter) }
        let report = reporters[reporter].reports[index]
        let connection = reporters[reporter].connection
        guard let reference = Reference(random.chance(5) ? "\(index)!" : "\(index)") else { return }
        note("\(report.name) is sent")
        let body = SimulatedReporter.body(of: reference, report.name)
        sendToBroker(.report(connection.peer, reference, report, body: body, stored: nil), over: connection)
        if random.chance(50) { ping(.reports, connection) }
        if profile.happens(.strangeNumbers, 60, using: &random) {
            askToFollow(reporter, random.chance(70) ? nextNumber() : anyNumber())
        }
        events.add(.report(reporter: reporter, index: index), at: now + random.pick(1000...4000))
    }

    /// Follows an incident, and asks again now and then while it may have missed changes.
    mutating func follow(_ reporter: Int, _ incident: IncidentNumber) {
        guard !reporters[reporter].closed.contains(incident) else { return }
        askToFollow(reporter, incident)
        guard !isCalm else { return }
        let next = random.chance(20) ? random.pick(1...50) : random.pick(3000...30_000)
        events.add(.follow(reporter: reporter, incident), at: now + next)
    }

    private mutating func askToFollow(_ reporter: Int, _ incident: IncidentNumber) {
        reporters[reporter].followed += 1
        guard let reference = Reference("follow-\(incident)-\(reporters[reporter].followed)") else { return }
        let connection = reporters[reporter].connection
        sendToBroker(.follow(connection.peer, reference, incident, isStored: false), over: connection)
    }

    mutating func hear(reporter index: Int, _ message: Message) {
        switch message {
        case .committed(.receipt(_, let reference, let receipt)): hear(index, reference, receipt)
        case .committed(.progress(_, let incident, let progress)):
            observer.counts.progress += 1
            if progress.event == .closed {
                note("phone-\(index) hears that \(incident) is closed")
                reporters[index].closed.insert(incident)
            }
        case .immediate(.refused(_, _, let subject, let refusal, _, _)):
            note("phone-\(index) is refused \(subject) \(refusal.code.rawValue)")
            switch refusal.code {
            case .busy: observer.counts.refusedBusy += 1
            case .unavailable: observer.counts.refusedUnavailable += 1
            case .unknownIncident: break
            default: observer.violate(.answered, "\(subject) of phone-\(index) is refused \(refusal.code.rawValue).")
            }
        case .immediate, .committed: break
        }
    }

    private mutating func hear(_ index: Int, _ reference: Reference, _ receipt: IncidentReceipt) {
        guard let report = SimulatedReporter.index(of: reference) else { return }
        note("phone-\(index) has receipt \(reference) \(receipt.incident) \(receipt.isDuplicate)")
        if receipt.isDuplicate { observer.counts.duplicateReceipts += 1 }
        observer.expect(
            receipt.record.name == reporters[index].reports[report].name, .durable,
            "Report \(reference) of phone-\(index) has the receipt of \(receipt.record.name).")
        guard let first = reporters[index].receipts[report] else {
            reporters[index].receipts[report] = receipt
            if random.chance(60) {
                let incident = receipt.record.news?.joinedReport?.incident ?? receipt.incident
                events.add(.follow(reporter: index, incident), at: now + random.pick(1...5000))
            }
            return
        }
        observer.expect(
            first.incident == receipt.incident && first.record.alerts == receipt.record.alerts, .durable,
            "Report \(reference) of phone-\(index) has two different receipts.")
    }
}
