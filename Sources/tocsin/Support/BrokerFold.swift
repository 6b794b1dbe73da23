import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinRouting
import TocsinSQLite

/// The broker's state, folded from a journal's records. A snapshot is compared with it.
struct BrokerFold: RecordFold {
    private var broker: Broker
    private let now = Moment(wall: Clock.now, uptime: 0)

    /// Makes a broker that has folded no records. Its rules do not matter, because each record names the recipients.
    init() throws {
        guard let nobody = Recipient("nobody") else { preconditionFailure("It is a recipient's name.") }
        let department = Directory.Department(name: nobody, title: Title(chinese: "", english: ""))
        let directory = Directory(departments: [department], roles: [], places: [:])
        let rules = try Ruleset(yaml: "fallback: nobody\nrules: []\n", file: "rules", directory: directory)
        broker = Broker(rules: rules, directory: directory, settings: BrokerSettings())
    }

    mutating func apply(_ entry: JournalEntry) {
        broker.apply(entry, now: now)
    }

    func difference(from snapshot: JournalSnapshot) -> String? {
        broker.difference(from: snapshot, now: now)
    }
}
