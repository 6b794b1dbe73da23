public import TocsinAccess
public import TocsinDuty
public import TocsinJournal
public import TocsinModel
public import TocsinRouting

/// The rules, the directory, the clients and the duty sheet from the files. They are read together and come into force together.
public struct RuleFiles: Sendable {
    /// The origin of the texts.
    public enum Source: Hashable, Sendable {
        /// The files that the configuration names.
        case files
        /// The journal, which has the last good files. Those on disk are refused.
        case journal
    }

    public let rules: Ruleset
    public let directory: Directory
    /// Who may do what. Nobody is on the list where no keys are asked for.
    public private(set) var clients: ClientList
    /// The number of those of the texts' clients that are left out.
    public private(set) var clientsLeftOut = 0
    /// Who is on duty.
    public let duty: DutyTable
    /// What somebody should look at in the duty sheet within a month, as of the time of reading.
    public var dutyWarnings: [String] = []
    /// The files' texts, which go into the journal.
    public let texts: RuleTexts
    /// The time at which the files were read. For texts of the journal: the time of their record.
    public let loadedAt: Timestamp
    public let source: Source
    /// The subscriptions as they were when the files were read, by these rules, so that they need not be read when the
    /// files come into force; nil where they are read then.
    public var subscriptions: SubscriptionTable?

    public init(
        rules: Ruleset, directory: Directory, clients: ClientList = .empty, duty: DutyTable = .empty, texts: RuleTexts,
        loadedAt: Timestamp, source: Source = .files
    ) {
        self.rules = rules
        self.directory = directory
        self.clients = clients
        self.duty = duty
        self.texts = texts
        self.loadedAt = loadedAt
        self.source = source
    }

    /// Leaves out all clients but some.
    ///
    /// - Parameter kept: clients of these files.
    public mutating func keepOnly(_ kept: ClientList) {
        clientsLeftOut += clients.principals.count - kept.principals.count
        clients = kept
    }
}
