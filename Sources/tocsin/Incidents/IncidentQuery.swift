import TocsinClient
import TocsinModel
import TocsinWire

/// Which incidents are asked for, and the asking, page by page.
struct IncidentQuery: Sendable {
    /// The number of incidents that the broker lists unless it is told otherwise.
    static let usual = 20
    /// The number of incidents that it lists at once.
    static let page = 1000
    /// A bound on what one list holds in memory.
    private static let most = 100_000
    /// The number of incidents for which the broker is asked for headline and purposes, one by one. Further lines of a
    /// long list go without.
    private static let detailed = 10_000

    var limit: Int?
    var before: Int64?
    var since: Timestamp?
    /// Only incidents of a higher number.
    var after: Int64 = 0
    /// Only open incidents that this recipient must take on and has not.
    var unanswered: Recipient?

    /// The arguments of one INCIDENTS.
    func arguments(limit: Int) -> [UInt8] {
        makeJSON { json in
            json.member("limit", limit)
            if let before { json.member("before", before) }
        }
    }

    /// The incidents, the newest first.
    func ask(_ client: Operator, within timeout: Duration, isDetailed: Bool) async throws -> [IncidentLine] {
        if let unanswered { return try await ask(client, within: timeout, unansweredBy: unanswered) }
        var found: [IncidentLine] = []
        var query = self
        let most = limit ?? (since == nil && after == 0 ? Self.usual : Self.most)
        while found.count < most {
            let size = min(most - found.count, Self.page)
            let answer = try await client.request(.incidents, arguments: query.arguments(limit: size), within: timeout)
            let incidents = try readAnswer(answer, IncidentLine.lines(of:))
            let wanted = incidents.filter { $0.number > after && $0.storedAt >= since ?? $0.storedAt }
            found += wanted
            guard wanted.count == size, let last = incidents.last else { break }
            query.before = last.number
        }
        guard isDetailed else { return found }
        for index in found.indices.prefix(Self.detailed) { try await found[index].addPage(client, within: timeout) }
        return found
    }

    /// The incidents that a recipient must take on and has not. An escalation step may have brought them, so each open
    /// one's page is looked at.
    private func ask(
        _ client: Operator, within timeout: Duration, unansweredBy recipient: Recipient
    ) async throws -> [IncidentLine] {
        var (found, query, listed) = ([IncidentLine](), self, 0)
        query.unanswered = nil
        query.limit = Self.page
        while found.count < limit ?? Self.most, listed < Self.most {
            let page = try await query.ask(client, within: timeout, isDetailed: false)
            for var line in page where line.isOpen && found.count < limit ?? Self.most {
                try await line.addPage(client, within: timeout)
                if line.unanswered.contains(recipient.name) { found.append(line) }
            }
            listed += page.count
            guard page.count == Self.page, let last = page.last else { break }
            query.before = last.number
        }
        if found.isEmpty {
            // The broker does not list the subscriptions of a recipient that it does not know, and names a similar one.
            _ = try await client.request(
                .subscriptions, arguments: makeJSON { $0.member("recipient", recipient) }, within: timeout)
        }
        return found
    }
}

extension IncidentLine {
    /// Asks for the incident's own page, and adds what it says.
    fileprivate mutating func addPage(_ client: Operator, within timeout: Duration) async throws {
        let number = number
        let details = try await client.request(
            .incident, arguments: makeJSON { $0.member("incident", number) }, within: timeout)
        try readAnswer(details) { (page) throws(Refusal) in try add(page) }
    }
}
