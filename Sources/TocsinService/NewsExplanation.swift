import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinRouting

/// EXPLAIN and INCIDENT for Updates and Cancels.
extension Ruleset {
    /// Explains the routing that an Update or a Cancel would have now, by what its references led the broker to.
    func explanation(
        ofNews subject: Case, _ followed: FollowedReferences, _ view: OperatorDesk.View
    ) -> Explanation {
        let routing = followed.routing(of: subject, by: self, in: view.directory, with: view.subscriptions)
        return explain(subject, routing: routing, followed.news, with: view.subscriptions)
    }

    /// Explains the routing of an Update or a Cancel.
    func explain(
        _ subject: Case, routing: Routing, _ news: ReportNews, with subscriptions: SubscriptionTable
    ) -> Explanation {
        explain(
            subject, routing: routing, roots: news.roots.map(\.incident),
            astray: news.astray.map { (name: $0.name, reason: $0.reason.words) }, isRaised: news.isRaised,
            with: subscriptions)
    }
}
