public import TocsinModel
import TocsinWire

/// Standing subscriptions. A terminal may ask for any recipient that its key may join, also for one that it has not
/// joined: one without recipients gets no alerts.
///
///     let desk = try Terminal(endpoint: "tcp://127.0.0.1:7702", recipients: [], name: "desk-2")
///     try await desk.subscribe(leader, fires, when: #"{"category": "Fire"}"#, by: "Li")
extension Terminal {
    /// Subscribes, and waits until that is durable. Every report that is stored from then on and meets the conditions
    /// is told to the recipient. A subscription of the same name is replaced.
    ///
    /// - Parameters:
    ///   - recipient: Whose subscription it is.
    ///   - name: What it is called there.
    ///   - when: The conditions as JSON: an object like the `when` of a rule.
    ///   - purpose: What the recipient is told for.
    ///   - by: Whoever asks for it.
    ///   - within: The longest wait; nil for ``ClientOptions/answerTimeout``.
    /// - Throws: ``ClientError/refused(_:)`` for a recipient that may not, and for conditions that are wrong;
    ///   `.timedOut`, `.closed`; `CancellationError`.
    public func subscribe(
        _ recipient: Recipient, _ name: SubscriptionName, when: String, purpose: Purpose = .information,
        by: String? = nil, within: Duration? = nil
    ) async throws {
        var body = JSONWriter()
        SubscriptionWish(when: when, purpose: purpose, by: by).write(to: &body)
        _ = try await ask(.subscribe, recipient, name, body.bytes, within)
    }

    /// Ends a subscription, and waits until that is durable. Nothing that is stored from then on is told because of it.
    ///
    /// - Throws: As ``subscribe(_:_:when:purpose:by:within:)``; ``ClientError/refused(_:)`` where there is none of that
    ///   name.
    public func unsubscribe(
        _ recipient: Recipient, _ name: SubscriptionName, by: String? = nil, within: Duration? = nil
    ) async throws {
        var body = JSONWriter()
        body.object { json in json.member("by", ifPresent: by) }
        _ = try await ask(.unsubscribe, recipient, name, body.bytes, within)
    }

    /// Asks what a recipient has subscribed to, also what is not in force.
    ///
    /// - Throws: As ``subscribe(_:_:when:purpose:by:within:)``; ``ClientError/malformedAnswer(_:)``.
    public func subscriptions(of recipient: Recipient, within: Duration? = nil) async throws -> [SubscriptionLine] {
        let answer = try await ask(.subscriptions, recipient, nil, nil, within)
        do {
            return try JSONParser(maximumBytes: answer.count).parse(answer) { json in
                try json.elements("subscriptions") { (line) throws(Refusal) in
                    try SubscriptionLine(json: line, of: recipient)
                }
            }
        } catch {
            throw ClientError.malformedAnswer((error as? Refusal)?.message ?? "\(error)")
        }
    }
}
