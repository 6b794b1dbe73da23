public import TocsinJournal
public import TocsinModel
public import TocsinRouting

/// What the references of an Update or a Cancel lead to. The broker follows them, for a report that it takes and for one that
/// is only explained.
public struct FollowedReferences: Sendable {
    public private(set) var news: ReportNews
    /// Those who were told of each incident that the report is news of; empty if it is news of none.
    public private(set) var told: [ToldBefore] = []
    /// The reports that are named: the incidents that they became, and the records of those that have joined one.
    public private(set) var named: Set<IncidentNumber> = []
    /// Of these, by the incident that a report became or has joined: those reports.
    public private(set) var reports: [IncidentNumber: Set<IncidentNumber>] = [:]

    /// Follows the references of a report.
    ///
    /// - Parameters:
    ///   - report: An Update or a Cancel.
    ///   - splits: Returns the incident that a report became which an operator took out of the incident that it had joined;
    ///     nil where it is not known that anybody did.
    ///   - find: Returns the incident of a report's name; nil where there is none.
    ///   - toldOf: Returns those who were told of an incident and of its news so far. The record is known where the report
    ///     names that incident itself.
    public init<Failure: Error>(
        of report: Report, splits: (JoinedReport, Position) -> IncidentNumber?,
        find: (ReportName) throws(Failure) -> (IncidentNumber, IncidentRecord)?,
        told toldOf: (IncidentNumber, IncidentRecord?) throws(Failure) -> ToldBefore
    ) throws(Failure) {
        news = ReportNews(report.messageType, roots: [])
        var places: [IncidentNumber: Int] = [:]
        for name in report.referencedNames {
            guard let (found, record) = try find(name) else {
                news.astray.append(.init(name, .unknown))
                continue
            }
            if let reason = Self.obstacle(report, record) {
                news.astray.append(.init(name, reason))
                continue
            }
            var number = found
            var roots = Self.roots(of: number, record, for: report)
            if let joined = record.news?.joinedReport, let own = splits(joined, number.position) {
                number = own
                roots = [ReportNews.Root(own, sender: record.name.sender)]
            }
            for root in roots {
                if places[root.incident] == nil {
                    guard told.count < Limits.incidentsUpdated else {
                        news.astray.append(.init(name, .tooMany))
                        break
                    }
                    places[root.incident] = told.count
                    news.roots.append(root)
                    told.append(try toldOf(root.incident, root.incident == number ? record : nil))
                }
                named.insert(found)
                if found == root.incident || record.news?.joined != nil {
                    reports[root.incident, default: []].insert(found)
                }
                guard let place = places[root.incident], found != root.incident else { continue }
                let more = try toldOf(found, record)
                // A Cancel says nothing of how severe it was.
                told[place].add(
                    more.alerts, more.plans, severity: record.news?.type == .cancel ? .unknown : more.severity)
            }
        }
        news.isRaised = report.messageType == .update && told.contains { $0.severity < report.severity }
    }

    /// Returns the routing of the report: to whoever was told, or by its rules where it is news of nothing.
    ///
    /// - Parameters:
    ///   - subject: The report whose references these are.
    ///   - rules: The rules of now.
    ///   - directory: The directory of now.
    ///   - subscriptions: Those of now.
    public func routing(
        of subject: Case, by rules: Ruleset, in directory: Directory, with subscriptions: SubscriptionTable
    ) -> Routing {
        guard !told.isEmpty else { return rules.route(subject, with: subscriptions) }
        return rules.route(
            subject, type: subject.report.messageType, told: told, in: directory, with: subscriptions)
    }

    /// Returns the reason why a report is no news of another one that it refers to, or nil if it is.
    private static func obstacle(_ report: Report, _ record: IncidentRecord) -> ReportNews.Reason? {
        if report.status != record.status { return .otherStatus }
        let isCancel = report.messageType == .cancel
        return isCancel && !record.name.sender.isIdentical(to: report.name.sender) ? .otherSender : nil
    }

    /// Returns the incidents that a reference to one incident leads to: the roots of its chain. A Cancel of news of what
    /// somebody else has reported is of that news alone.
    private static func roots(
        of number: IncidentNumber, _ record: IncidentRecord, for report: Report
    ) -> [ReportNews.Root] {
        let own = [ReportNews.Root(number, sender: record.name.sender)]
        guard let news = record.news, !news.roots.isEmpty else { return own }
        guard report.messageType == .cancel, news.joined == nil else { return news.roots }
        let ofSender = news.roots.filter { $0.sender.isIdentical(to: report.name.sender) }
        return ofSender.isEmpty ? own : ofSender
    }
}
