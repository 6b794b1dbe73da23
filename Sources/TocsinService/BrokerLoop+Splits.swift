import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinWire

/// SPLIT: the report is looked up, as it was stored.
extension BrokerLoop {
    mutating func splitting(_ message: OperatorMessage) throws -> SplitRequest {
        var wish = try message.argument(bodyParser) { (json) throws(Refusal) in try SplitWish(json: json) }
        wish.person.principal = permissions.name(of: message.principal)
        return SplitRequest(
            wish.report, from: wish.incident, by: wish.person, isPreview: wish.isPreview,
            found: try report(named: wish.report))
    }

    private func report(named name: ReportName) throws -> SplitRequest.StoredReport? {
        guard pipeline.broker.standing != .recovering, let index = journal?.index else { throw Refusal.stateUnknown }
        var found = pipeline.broker.reportBeingStored(name)
        if found == nil, let number = try index.incidents(named: [name]).first ?? nil,
            let entry = try index.entry(at: number.position), let record = entry.record.reported
        {
            found = (entry.position, record)
        }
        guard let (position, record) = found else { return nil }
        // It may be larger than the limit of now.
        let decoder = ReportDecoder(maximumBytes: record.report.count)
        return SplitRequest.StoredReport(
            position: position, record: record, report: try decoder.decode(record.report))
    }
}

extension SplitAnswer {
    /// Writes the answer: `{"incident":17,"from":12,"recipients":[{"recipient":"fire","purpose":"action","rule":…}]}`. A
    /// preview has no incident.
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("incident", ifPresent: incident?.value)
            json.member("from", from.value)
            json.array("recipients") { json in
                for addressee in addressees {
                    json.object { $0.members(of: addressee) }
                }
            }
        }
    }
}
