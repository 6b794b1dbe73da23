import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinWire

/// A field client: it sends each report until it has a receipt for it.
struct SimulatedReporter {
    var connection: Connection
    var reports: [Report]
    /// The receipt that came first for each report.
    var receipts: [IncidentReceipt?]

    init(index: Int, using random: inout SplitMix64) {
        connection = Connection(actor: .reporter(index))
        reports = (0..<4).map { number in
            Report(
                name: ReportName(sender: "phone-\(index)", identifier: "r-\(number)"), sent: Timestamp(milliseconds: 0),
                event: Town.events[Int(random.pick(0...3))], category: .fire,
                severity: Severity.allCases[Int(random.pick(0...4))])
        }
        receipts = Array(repeating: nil, count: reports.count)
    }
}

extension World {
    /// Sends a report and looks again later. Now and then it sends one that has its receipt already.
    mutating func send(_ reporter: Int, _ index: Int) {
        let hasReceipt = reporters[reporter].receipts[index] != nil
        if hasReceipt, random.chance(70) { return }
        if !isCalm, random.chance(5) { reporters[reporter].connection.number += 1 }
        let report = reporters[reporter].reports[index]
        let connection = reporters[reporter].connection
        guard let reference = Reference("\(index)") else { return }
        note("\(report.name) is sent")
        let body = [UInt8](report.name.identifier.utf8)
        sendToBroker(.report(connection.peer, reference, report, body: body, stored: nil), over: connection)
        events.add(.report(reporter: reporter, index: index), at: now + random.pick(1000...4000))
    }

    mutating func hear(reporter index: Int, _ message: Message) {
        switch message {
        case .committed(.receipt(_, let reference, let receipt)):
            guard let report = Int(reference.text) else { return }
            note("phone-\(index) has receipt \(reference) \(receipt.incident) \(receipt.isDuplicate)")
            if receipt.isDuplicate { observer.counts.duplicateReceipts += 1 }
            guard let first = reporters[index].receipts[report] else {
                reporters[index].receipts[report] = receipt
                return
            }
            if first.incident != receipt.incident || first.record.alerts != receipt.record.alerts {
                observer.violate("Report \(reference) of phone-\(index) has two different receipts.")
            }
        case .immediate(.refused(_, _, let subject, let refusal, _, _)):
            note("phone-\(index) is refused \(subject) \(refusal.code.rawValue)")
            switch refusal.code {
            case .busy: observer.counts.refusedBusy += 1
            case .unavailable: observer.counts.refusedUnavailable += 1
            default: observer.violate("A report is refused \(refusal.code.rawValue).")
            }
        default: break
        }
    }
}
