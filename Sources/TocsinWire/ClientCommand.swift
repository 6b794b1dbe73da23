public import TocsinModel

/// The commands of a field client on the reports endpoint. The frame that follows a REPORT holds the report.
public enum ReportsCommand: Hashable, Sendable {
    case report(Reference)
    case follow(Reference, IncidentNumber)
    /// The frame that follows holds the rating.
    case rate(Reference, IncidentNumber)
    case ping(String)
    case pong(String)
}

/// The commands of a terminal on the alerts endpoint. The frame that follows holds a person's word.
public enum AlertsCommand: Hashable, Sendable {
    case join(Recipient, terminal: String, credit: Int)
    case received(Recipient, NumberList)
    case acknowledge(Recipient, AlertNumber)
    case decline(Recipient, AlertNumber)
    case status(Recipient, AlertNumber)
    case leave(Recipient)
    /// The frame that follows holds the wish.
    case subscribe(Subscription.Key)
    /// The frame that follows, if there is one, says who ends it.
    case unsubscribe(Subscription.Key)
    case subscriptions(Recipient)
    case ping(String)
    case pong(String)
}

/// The commands of an operator on the control endpoint. The frame that follows holds the arguments as a JSON object.
public enum ControlCommand: Hashable, Sendable {
    /// Asks for the daemon's identity and condition.
    case info(Reference)
    /// Asks for the newest incidents.
    case incidents(Reference)
    /// Asks for one incident's whole timeline.
    case incident(Reference)
    /// Asks for the waiting alerts of each recipient.
    case pending(Reference)
    /// Asks for the recipients of a report, with the reasons.
    case explain(Reference)
    /// Asks for the clients: what each may do, and whether it is there.
    case clients(Reference)
    /// Asks for the standing subscriptions of all recipients, or of one.
    case subscriptions(Reference)
    /// Asks for what was done, and by whom.
    case audit(Reference)
    /// Asks how the alerts of a time went, and how fast.
    case stats(Reference)
    /// Asks the daemon to read rules, departments and grids again, all or nothing.
    case reload(Reference)
    /// Closes an incident, with a name and a reason.
    case close(Reference)
    /// Asks that alerts of certain reports do not ring for a time.
    case silence(Reference)
    /// Ends a silence before its time.
    case unsilence(Reference)
    /// Asks for the silences that stand, or for what one would have kept still.
    case silences(Reference)
    /// Opens a closed incident again, with a name and a reason.
    case reopen(Reference)
    /// Takes a report out of the incident that it has joined.
    case split(Reference)
    case ping(String)
    case pong(String)
}

/// The error of a command that could not be read: the refusal and the address of its answer.
public struct CommandFailure: Error, Hashable, Sendable {
    public var refusal: Refusal
    /// The reference or recipient; `-` if none could be read.
    public var subject: String
    /// The command's word, if it could be read.
    public var command: CommandWord?
    /// The number of the alert that the command names, if there is one.
    public var number: AlertNumber?

    public init(refusal: Refusal, subject: String, command: CommandWord?, number: AlertNumber? = nil) {
        self.refusal = refusal
        self.subject = subject
        self.command = command
        self.number = number
    }
}

extension ReportsCommand {
    /// Reads a header from the reports endpoint.
    public init(header: UnsafeRawBufferPointer) throws(CommandFailure) {
        self = try read(header) { (command, scanner, subject) throws(Refusal) in
            switch command {
            case .report:
                let reference = try scanner.reference()
                subject = reference.text
                return .report(reference)
            case .follow:
                let reference = try scanner.reference()
                subject = reference.text
                return .follow(reference, IncidentNumber(try scanner.number("incident")))
            case .rate:
                let reference = try scanner.reference()
                subject = reference.text
                return .rate(reference, IncidentNumber(try scanner.number("incident")))
            case .ping: return .ping(try scanner.payload())
            case .pong: return .pong(try scanner.payload())
            default: throw notHere(command, "REPORT, FOLLOW, RATE, PING and PONG")
            }
        }
    }
}

extension AlertsCommand {
    /// Reads a header from the alerts endpoint.
    public init(header: UnsafeRawBufferPointer) throws(CommandFailure) {
        self = try read(header) { (command, scanner, subject) throws(Refusal) in
            switch command {
            case .ping: return .ping(try scanner.payload())
            case .pong: return .pong(try scanner.payload())
            case .join, .received, .acknowledge, .decline, .status, .leave, .subscribe, .unsubscribe, .subscriptions:
                break
            default:
                throw notHere(
                    command,
                    "JOIN, RECEIVED, ACKNOWLEDGE, DECLINE, STATUS, LEAVE, SUBSCRIBE, UNSUBSCRIBE, SUBSCRIPTIONS, PING and "
                        + "PONG")
            }
            let recipient = try scanner.recipient()
            subject = recipient.name
            switch command {
            case .join:
                let terminal = try scanner.text("terminal", maximum: Limits.terminalBytes)
                let credit = try scanner.number("credit", from: 0)
                guard let credit = Int(exactly: credit), Limits.credit.contains(credit) else {
                    throw Refusal(
                        .invalid,
                        "Credit must be \(Limits.credit.lowerBound) to \(Limits.credit.upperBound) alerts.",
                        field: "credit")
                }
                return .join(recipient, terminal: terminal, credit: credit)
            case .received: return .received(recipient, try NumberList(utf8: scanner.argument("numbers")))
            case .acknowledge: return .acknowledge(recipient, AlertNumber(try scanner.number("number")))
            case .decline: return .decline(recipient, AlertNumber(try scanner.number("number")))
            case .status: return .status(recipient, AlertNumber(try scanner.number("number")))
            case .subscribe: return .subscribe(Subscription.Key(recipient, try scanner.subscriptionName()))
            case .unsubscribe: return .unsubscribe(Subscription.Key(recipient, try scanner.subscriptionName()))
            case .subscriptions: return .subscriptions(recipient)
            default: return .leave(recipient)
            }
        }
    }
}

extension ControlCommand {
    /// Reads a header from the control endpoint.
    public init(header: UnsafeRawBufferPointer) throws(CommandFailure) {
        self = try read(header) { (command, scanner, subject) throws(Refusal) in
            let make: (Reference) -> ControlCommand
            switch command {
            case .ping: return .ping(try scanner.payload())
            case .pong: return .pong(try scanner.payload())
            case .info: make = ControlCommand.info
            case .incidents: make = ControlCommand.incidents
            case .incident: make = ControlCommand.incident
            case .pending: make = ControlCommand.pending
            case .explain: make = ControlCommand.explain
            case .clients: make = ControlCommand.clients
            case .subscriptions: make = ControlCommand.subscriptions
            case .audit: make = ControlCommand.audit
            case .stats: make = ControlCommand.stats
            case .reload: make = ControlCommand.reload
            case .close: make = ControlCommand.close
            case .silence: make = ControlCommand.silence
            case .unsilence: make = ControlCommand.unsilence
            case .silences: make = ControlCommand.silences
            case .reopen: make = ControlCommand.reopen
            case .split: make = ControlCommand.split
            default:
                throw notHere(
                    command,
                    "INFO, INCIDENTS, INCIDENT, PENDING, EXPLAIN, CLIENTS, AUDIT, STATS, SUBSCRIPTIONS, SILENCES, RELOAD, "
                        + "CLOSE, REOPEN, SILENCE, UNSILENCE, SPLIT, PING and PONG")
            }
            let reference = try scanner.reference()
            subject = reference.text
            return make(reference)
        }
    }
}

/// Reads one header with `body`, which sets `subject` to the address of an answer.
private func read<Command>(
    _ header: UnsafeRawBufferPointer,
    _ body: (CommandWord, inout HeaderScanner, inout String) throws(Refusal) -> Command
) throws(CommandFailure) -> Command {
    var subject = Reference.none.text
    var word: CommandWord?
    do {
        var scanner = HeaderScanner(header)
        let command = try scanner.command()
        word = command
        let result = try body(command, &scanner, &subject)
        try scanner.finish()
        return result
    } catch {
        throw CommandFailure(refusal: error, subject: subject, command: word)
    }
}

private func notHere(_ command: CommandWord, _ allowed: String) -> Refusal {
    Refusal(.unsupported, "\(command.rawValue) is not taken at this endpoint; it takes \(allowed).")
}

extension HeaderScanner {
    mutating func payload() throws(Refusal) -> String {
        isAtEnd ? "" : try text("payload", maximum: Limits.payloadBytes)
    }

    fileprivate mutating func subscriptionName() throws(Refusal) -> SubscriptionName {
        let text = try text("name")
        guard let name = SubscriptionName(text) else {
            throw Refusal(
                .malformed, "A subscription's name has \(SubscriptionName.expectation).", field: "name")
        }
        return name
    }
}
