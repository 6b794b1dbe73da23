import TocsinModel
import TocsinWire
import ZeroMQ

/// The standing subscriptions of recipients, which need not be joined.
extension AlertsConversation {
    /// Sends the question about a recipient's subscriptions that is next, unless one is under way.
    mutating func ask(_ recipient: Recipient, _ line: inout Line, _ now: Instant) throws(ZeroMQError) {
        guard line.isUp, let ask = asks.next(of: recipient, now: now) else { return }
        asks.noteSent(recipient)
        line.header.begin(ask.command)
        line.header.add(recipient.name)
        if let name = ask.name { line.header.add(name.text) }
        try line.send(ask.body)
    }

    /// Takes an OK as the answer to a question. Returns false if there is none under way.
    mutating func answered(
        _ recipient: Recipient, _ message: borrowing Incoming, _ line: inout Line, _ now: Instant
    ) throws(ZeroMQError) -> Bool {
        guard asks.underWay(of: recipient) != nil else { return false }
        asks.answer(recipient, .success(message.bodies > 0 ? message.first.bytes : []))
        try ask(recipient, &line, now)
        return true
    }

    /// Takes a refusal as the answer to a question. Returns false if it is not one.
    mutating func askRefused(
        _ recipient: Recipient?, _ refused: RefusedCommand, _ line: inout Line, _ now: Instant
    ) throws(ZeroMQError) -> Bool {
        // A broker that does not know the command does not read whose it is.
        let isUnknown = recipient == nil && refused.command == nil && refused.refusal.code == .unsupported
        guard let recipient = recipient ?? (isUnknown ? asks.anyUnderWay : nil),
            let underWay = asks.underWay(of: recipient), isUnknown || refused.command == underWay.command
        else { return false }
        if refused.refusal.isPassing {
            asks.postpone(recipient, until: now + refused.refusal.wait(attempt: underWay.attempts, options))
        } else if underWay.command == .unsubscribe, underWay.attempts > 1, refused.refusal.field == "name" {
            // The first one was carried out, and its answer was lost.
            asks.answer(recipient, .success([]))
        } else {
            asks.answer(recipient, .failure(ClientError.refused(refused.refusal)))
        }
        try ask(recipient, &line, now)
        return true
    }

    /// Gives up what is late and sends what is due. Returns the time of the next look; nil for never.
    mutating func askDue(_ line: inout Line, _ now: Instant) throws(ZeroMQError) -> Instant? {
        guard !asks.isEmpty else { return nil }
        let next = asks.giveUpLate(now: now)
        for recipient in asks.recipients { try ask(recipient, &line, now) }
        return next
    }
}
