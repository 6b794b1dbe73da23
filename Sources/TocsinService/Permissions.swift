import TocsinAccess
import TocsinModel
import TocsinWire

/// Asks of each message whether its sender may do what it asks for: once, between decoding and the broker.
struct Permissions {
    private let gatekeeper: Gatekeeper
    private var principals: PrincipalTable
    /// What clients and senders may still report.
    private var rates: ReportRates

    init(_ gatekeeper: Gatekeeper, _ rates: ReportRates) {
        self.gatekeeper = gatekeeper
        self.rates = rates
        principals = gatekeeper.principals
    }

    /// Takes over who may do what, after the clients have changed.
    mutating func update() {
        principals = gatekeeper.principals
        rates.keep { principals[$0]?.isListed ?? false }
    }

    /// Returns a principal's entry; nil for ``TocsinAccess/PrincipalNumber/anybody``. Where its entry has changed it is
    /// the one that holds now: a connection may stay for a moment, and its key opens.
    mutating func entry(of number: PrincipalNumber) -> PrincipalTable.Entry? {
        guard number != .anybody else { return nil }
        // Users of this machine become known while the daemon runs.
        if principals[number] == nil { update() }
        var entry = principals[number]
        while let next = entry?.successor { entry = principals[next] }
        return entry
    }

    /// The name that stands in the journal; nil for whoever is not asked for a key.
    mutating func name(of number: PrincipalNumber) -> String? { entry(of: number)?.name.text }

    /// Refuses what somebody may not do.
    ///
    /// - Parameters:
    ///   - demand: What is asked for; nil for what everybody may do who has been let in.
    ///   - number: Who asks.
    ///   - time: The time now.
    /// - Throws: A ``TocsinModel/Refusal`` `notPermitted` that names what is missing.
    mutating func allow(_ demand: Demand?, by number: PrincipalNumber, at time: Timestamp) throws(Refusal) {
        guard number != .anybody else { return }
        guard let entry = entry(of: number) else {
            throw Refusal(.notPermitted, "Nobody knows whose connection this is.")
        }
        guard entry.isIn(at: time) else {
            throw Refusal(.notPermitted, "The key of \(entry.name) opens nothing any more.")
        }
        if let demand, let refusal = entry.rights.refusal(of: demand, by: entry.name) { throw refusal }
    }

    /// Holds a client, and the sender that its report names, to their rates.
    ///
    /// - Throws: A ``TocsinModel/Refusal`` `busy`, with the time after which the next is taken.
    mutating func holdToRate(_ number: PrincipalNumber, _ report: Report, at uptime: Int64) throws(Refusal) {
        let entry = entry(of: number)
        let own = entry?.rights.report?.rate
        guard own != nil || !rates.isOpen else { return }
        let isUrgent = report.severity == .extreme || report.severity == .severe
        guard
            let excess = rates.take(number, own: own, sender: report.name.sender, isUrgent: isUrgent, at: uptime)
        else { return }
        let what =
            switch excess.whose {
            case .entry: "\(entry?.name.text ?? "") reports faster than \(excess.rate), the 'report.rate' of its entry."
            case .client:
                "\(entry?.name.text ?? "") reports faster than \(excess.rate), the 'limits.report-rate' of each client."
            case .sender:
                "'\(report.name.sender)' reports faster than \(excess.rate), the 'limits.sender-rate' of each sender."
            }
        throw Refusal(.busy, "\(what) Nothing was stored; send it again.", retryAfterMilliseconds: excess.wait)
    }

    /// The places from which a principal may report; nil for everywhere.
    mutating func places(of number: PrincipalNumber) -> [GridCode]? { entry(of: number)?.rights.report?.within }

    /// True if a principal may follow incidents that others have reported.
    mutating func mayFollowAll(_ number: PrincipalNumber) -> Bool {
        number == .anybody || entry(of: number)?.rights.operate != nil
    }
}

extension AlertsCommand {
    /// What the command asks for; nil for what everybody may do who has been let in.
    var demand: Demand? {
        switch self {
        case .join(let recipient, _, _), .received(let recipient, _), .acknowledge(let recipient, _),
            .decline(let recipient, _), .status(let recipient, _), .leave(let recipient), .subscriptions(let recipient):
            .join(recipient)
        case .subscribe(let key), .unsubscribe(let key): .join(key.recipient)
        case .ping, .pong: nil
        }
    }
}

extension OperatorMessage {
    /// What the message asks for: as its command, but no more than a question for a preview, which changes nothing.
    func demand(_ parser: JSONParser) -> Demand? {
        guard command.hasPreview else { return command.demand }
        // What cannot be read is no preview, and is refused with its reason to those who may command.
        let isPreview = try? argument(parser) { (json) throws(Refusal) -> Bool in
            try json.member(ifPresent: "preview") ?? false
        }
        return isPreview ?? false ? .ask : command.demand
    }
}

extension ControlCommand {
    /// What the command asks for where it changes something; nil for what everybody may do who has been let in.
    var demand: Demand? {
        switch self {
        case .info, .incidents, .incident, .pending, .explain, .clients, .audit, .stats, .subscriptions, .silences: .ask
        case .reload, .close, .reopen, .silence, .unsilence, .split: .command
        case .ping, .pong: nil
        }
    }
}
