import TocsinClient
import TocsinModel
import TocsinWire

/// What is news of an incident and stays open when an operator closes that: Updates, Cancels, and reports that have joined
/// it and told somebody.
struct OpenNews: Equatable, Sendable {
    let incident: Int64
    /// `an update of it`, `a cancel of it` or `report 10 of the same happening`
    let kind: String
    let action: IncidentStanding.Action

    /// The newest incidents among which those are looked for that name the incident after another one. What names it before
    /// any other stands in its timeline.
    private static let listed = 1000

    /// Reads the answer to INCIDENT for what may be news of `origin`; nil for what is closed or is none.
    init?(_ page: JSONNode, of origin: Int64) throws(Refusal) {
        let updates: [IncidentNumber] = try page.member(ifPresent: "updates") ?? []
        let cancels: [IncidentNumber] = try page.member(ifPresent: "cancels") ?? []
        let joined: Int? = try page.member(ifPresent: "joined")
        guard try page.member("open"), (updates + cancels).contains(IncidentNumber(origin)) else { return nil }
        incident = try page.member("incident")
        let update = joined.map { "report \($0) of the same happening" } ?? "an update of it"
        kind = cancels.isEmpty ? update : "a cancel of it"
        action = try IncidentStanding(page).action
    }

    /// `incident 3, an update of it, stays open: 2 unanswered`
    var line: String { "incident \(incident), \(kind), stays open: \(action.words)" }

    /// Asks which news of an incident is open, the oldest first.
    static func ask(_ client: Operator, of origin: Int64, within timeout: Duration) async throws -> [OpenNews] {
        let page = try await client.request(
            .incident, arguments: makeJSON { $0.member("incident", origin) }, within: timeout)
        var candidates = try readAnswer(page) { (page) throws(Refusal) in Set(try newsInTimeline(page)) }
        let newest = IncidentQuery(limit: listed, after: origin)
        for line in try await newest.ask(client, within: timeout, isDetailed: false)
        where line.isOpen && (line.updates + line.cancels).contains(IncidentNumber(origin)) {
            candidates.insert(line.number)
        }
        var found: [OpenNews] = []
        for number in candidates.sorted() {
            let page = try await client.request(
                .incident, arguments: makeJSON { $0.member("incident", number) }, within: timeout)
            if let news = try readAnswer(page, { (page) throws(Refusal) in try OpenNews(page, of: origin) }) {
                found.append(news)
            }
        }
        return found
    }

    private static func newsInTimeline(_ page: JSONNode) throws(Refusal) -> [Int64] {
        var numbers: [Int64] = []
        try page.forEachElement(of: "timeline") { (node) throws(Refusal) in
            guard (try node.member("state") as String) == "updated" else { return }
            if let number: Int64 = try node.member(ifPresent: "news") { numbers.append(number) }
        }
        return numbers
    }
}
