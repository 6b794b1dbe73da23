public import TocsinModel

/// The broker's messages on the reports endpoint. The frame that follows holds the receipt, progress or detail.
public enum ReportsAnswer: Hashable, Sendable {
    case receipt(Reference)
    case progress(IncidentNumber)
    case ok(Reference)
    case refused(Reference, RefusalCode)
    case ping(String)
    case pong(String)
}

/// The broker's messages on the alerts endpoint.
public enum AlertsAnswer: Hashable, Sendable {
    case joined(Recipient)
    /// The envelope and the report are the two frames that follow.
    case alert(Recipient, AlertNumber)
    case confirmed(Recipient, AlertNumber, AlertState)
    case taken(Recipient, AlertNumber)
    case ok(Recipient)
    /// The recipient is nil if the broker could not read it in the command.
    case refused(Recipient?, RefusalCode)
    case ping(String)
    case pong(String)
}

/// The broker's messages on the control endpoint. The frame that follows holds the answer, if there is one.
public enum ControlAnswer: Hashable, Sendable {
    case ok(Reference)
    case refused(Reference, RefusalCode)
    case ping(String)
    case pong(String)
}

extension ReportsAnswer {
    /// Reads a header from the broker.
    ///
    /// - Throws: `malformed` or `unsupported`, in words for the log, as a broker is never sent a refusal.
    public init(header: UnsafeRawBufferPointer) throws(Refusal) {
        var scanner = HeaderScanner(header)
        let command = try scanner.command()
        switch command {
        case .receipt: self = .receipt(try scanner.reference())
        case .progress: self = .progress(IncidentNumber(try scanner.number("incident")))
        case .ok: self = .ok(try scanner.reference())
        case .refused: self = .refused(try scanner.reference(), try scanner.refusalCode())
        case .ping: self = .ping(try scanner.payload())
        case .pong: self = .pong(try scanner.payload())
        default: throw notAnAnswer(command)
        }
        try scanner.finish()
    }
}

extension AlertsAnswer {
    /// Reads a header from the broker.
    ///
    /// - Throws: As ``ReportsAnswer/init(header:)``.
    public init(header: UnsafeRawBufferPointer) throws(Refusal) {
        var scanner = HeaderScanner(header)
        let command = try scanner.command()
        switch command {
        case .alert: self = .alert(try scanner.recipient(), AlertNumber(try scanner.number("number")))
        case .joined: self = .joined(try scanner.recipient())
        case .confirmed:
            self = .confirmed(
                try scanner.recipient(), AlertNumber(try scanner.number("number")), try scanner.word("state"))
        case .taken: self = .taken(try scanner.recipient(), AlertNumber(try scanner.number("number")))
        case .ok: self = .ok(try scanner.recipient())
        case .refused: self = .refused(Recipient(try scanner.text("recipient")), try scanner.refusalCode())
        case .ping: self = .ping(try scanner.payload())
        case .pong: self = .pong(try scanner.payload())
        default: throw notAnAnswer(command)
        }
        try scanner.finish()
    }
}

extension ControlAnswer {
    /// Reads a header from the broker.
    ///
    /// - Throws: As ``ReportsAnswer/init(header:)``.
    public init(header: UnsafeRawBufferPointer) throws(Refusal) {
        var scanner = HeaderScanner(header)
        let command = try scanner.command()
        switch command {
        case .ok: self = .ok(try scanner.reference())
        case .refused: self = .refused(try scanner.reference(), try scanner.refusalCode())
        case .ping: self = .ping(try scanner.payload())
        case .pong: self = .pong(try scanner.payload())
        default: throw notAnAnswer(command)
        }
        try scanner.finish()
    }
}

private func notAnAnswer(_ command: CommandWord) -> Refusal {
    Refusal(.unsupported, "\(command.rawValue) is nothing that a broker says at this endpoint.")
}

extension HeaderScanner {
    fileprivate mutating func refusalCode() throws(Refusal) -> RefusalCode { try word("code") }

    fileprivate mutating func word<Word: ReportWord>(_ name: StaticString) throws(Refusal) -> Word {
        let bytes = try argument(name)
        if let word = Word.table[bytes] { return word }
        let text = String(decoding: bytes, as: UTF8.self)
        throw Refusal(.malformed, "'\(text.shortened)' is not known as a \(name).", field: "\(name)")
    }
}
