public import TocsinModel
import TocsinRouting

/// Something that somebody wants to do, for which a right is needed.
public enum Demand: Hashable, Sendable {
    /// Sending a report that names this sender and lies in this place.
    case report(sender: String, place: GridCode?)
    /// Following an incident. `isOwn` is true if the same principal reported it.
    case follow(isOwn: Bool)
    /// Rating incidents; which, is asked as for a report of the same sender and place.
    case rate
    /// Being a terminal of a recipient, or speaking for one.
    case join(Recipient)
    /// Getting every message of the feed whose topic begins so.
    case feed(String)
    /// Asking on the control endpoint.
    case ask
    /// Commanding on the control endpoint.
    case command
}

extension Rights {
    /// Returns the refusal of something that these rights do not allow, which names what is missing; nil if they do.
    ///
    /// - Parameters:
    ///   - demand: what somebody wants to do.
    ///   - name: whose rights these are.
    public func refusal(of demand: Demand, by name: PrincipalName) -> Refusal? {
        switch demand {
        case .report(let sender, let place): reportRefusal(sender, place, name)
        case .follow(let isOwn):
            isOwn && report != nil || operate != nil
                ? nil
                : refusal(
                    name, "follow an incident that it did not report",
                    "its entry of the clients file has no 'operate'; read is enough")
        case .rate:
            report != nil ? nil : refusal(name, "rate", "its entry of the clients file has no 'report'")
        case .join(let recipient):
            switch join {
            case .all: nil
            case .only(let patterns) where patterns.contains { $0.matches(recipient) }: nil
            case .only(let patterns):
                refusal(name, "speak for \(recipient)", Self.missing("join", patterns.map(\.description)))
            }
        case .feed(let beginning):
            switch feed {
            case .all: nil
            case .only where TopicFilter(feed).allows(beginning): nil
            case .only(let granted):
                refusal(name, "see all of the feed under '\(beginning)'", Self.missing("feed", granted))
            }
        case .ask:
            operate != nil
                ? nil : refusal(name, "ask here", "its entry of the clients file has no 'operate'; read is enough")
        case .command:
            switch operate {
            case .full: nil
            case .read: refusal(name, "command here", "'operate' of its entry is read, and full is needed")
            case nil: refusal(name, "command here", "its entry of the clients file has no 'operate'; full is needed")
            }
        }
    }

    /// Returns the refusal of a subscription to the feed under which these rights show nothing at all; nil if they show
    /// something.
    ///
    /// - Parameters:
    ///   - beginning: the beginning of topics that is subscribed to.
    ///   - name: whose rights these are.
    public func refusal(ofSubscription beginning: [UInt8], by name: PrincipalName) -> Refusal? {
        guard case .only(let granted) = feed, TopicFilter(feed).excludes(beginning) else { return nil }
        let text = String(decoding: beginning, as: UTF8.self)
        return refusal(name, "see anything of the feed under '\(text)'", Self.missing("feed", granted))
    }

    private func reportRefusal(_ sender: String, _ place: GridCode?, _ name: PrincipalName) -> Refusal? {
        guard let report else {
            return refusal(name, "report", "its entry of the clients file has no 'report'")
        }
        if case .only(let patterns) = report.senders, !patterns.contains(where: { $0.matches(sender) }) {
            let names = patterns.map(\.description)
            return refusal(
                name, "report as '\(sender)'", Self.missing("report.as", names), field: "sender",
                // Whoever has said no sender can take one of these; of patterns there is no end.
                allowed: names.count > Self.mostAllowed || names.contains { $0.contains("*") } ? [] : names)
        }
        guard let within = report.within else { return nil }
        let allowed = Self.missing("report.within", within.map(\.description))
        guard let place else { return refusal(name, "report without a grid", allowed, field: "area.grid") }
        guard !within.contains(where: { place.enclosing($0.level) == $0 }) else { return nil }
        return refusal(name, "report from \(place)", allowed, field: "area.grid")
    }

    /// The most senders that a refusal lists for programs.
    private static let mostAllowed = 8

    private static func missing(_ key: String, _ words: [String]) -> String {
        words.isEmpty
            ? "its entry of the clients file has no '\(key)'" : "'\(key)' of its entry is \(words.listed)"
    }

    private func refusal(
        _ name: PrincipalName, _ what: String, _ why: String, field: String? = nil, allowed: [String] = []
    ) -> Refusal {
        Refusal(.notPermitted, "\(name) may not \(what): \(why).", field: field, allowed: allowed)
    }
}

extension [String] {
    /// The first few, with commas between.
    fileprivate var listed: String {
        count > 8 ? prefix(8).joined(separator: ", ") + ", … (\(count) in all)" : joined(separator: ", ")
    }
}
