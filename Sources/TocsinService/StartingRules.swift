import TocsinAccess
import TocsinConfiguration
import TocsinCore
import TocsinJournal
import TocsinModel
import TocsinRouting

/// The rules and the directory that a start goes by: those of the files, or the journal's last good ones if the files are
/// refused. An alarm bell rings by old rules rather than not at all.
///
/// Nobody comes in by an old list who has been taken out since: of its clients only those come in who stand in the clients
/// file with the same key, if names and keys can be read there.
struct StartingRules: Sendable {
    let files: RuleFiles
    /// The problems of the files. Empty if the files are in force.
    let problems: [String]

    /// - Parameters:
    ///   - configuration: names the files.
    ///   - journal: has the rules that were in force.
    ///   - now: the time of reading.
    /// - Throws: ``ServiceError/configuration(_:)`` with the files' problems and the reason why the journal has no good
    ///   rules either; ``ServiceError/journal(_:)``.
    init(_ configuration: ServiceConfiguration, _ journal: any Journal, now: Timestamp) throws(ServiceError) {
        let refusal: ServiceError
        do {
            files = try RuleFiles(configuration, now: now, isStart: true)
            problems = []
            return
        } catch {
            refusal = error
        }
        do throws(LastGood.Failure) {
            let clientsFile = configuration.security.clientsFile
            var good = try LastGood.files(in: journal, withClients: clientsFile != nil)
            if let text = clientsFile.flatMap({ try? TextFile.read($0) }), let kept = good.clients.named(in: text) {
                good.keepOnly(kept)
            }
            files = good
            problems = refusal.lines
        } catch {
            switch error {
            case .nothing(let reason): throw .configuration("\(refusal)\n\(reason)")
            case .journal(let error): throw .journal(error)
            }
        }
    }
}

/// Finds the rules that were in force last in a journal.
private enum LastGood {
    enum Failure: Error {
        /// The journal has no good rules, for this reason.
        case nothing(String)
        case journal(JournalError)
    }

    static func files(in journal: any Journal, withClients: Bool) throws(Failure) -> RuleFiles {
        let found: (position: Position, at: Timestamp, texts: RuleTexts)?
        do throws(JournalError) {
            found = try record(in: journal)
        } catch {
            throw .journal(error)
        }
        guard let (position, at, texts) = found else {
            throw .nothing("No rules have been in force with this journal, so there are none to go by instead.")
        }
        guard texts.hasDirectory else {
            throw .nothing(
                "The rules that were in force last (record \(position) of the journal) cannot be gone by instead: an "
                    + "earlier version recorded them without departments and grids.")
        }
        guard !withClients || !texts.clients.isEmpty else {
            throw .nothing(
                "The rules that were in force last (record \(position) of the journal) cannot be gone by instead: they came "
                    + "into force when no keys were asked for, and say of nobody what he may do.")
        }
        do throws(FileProblems) {
            return try RuleFiles(texts, of: position, at: at)
        } catch {
            throw .nothing(
                "The rules that were in force last (record \(position) of the journal) cannot be gone by instead: this "
                    + "version refuses them.\n\(error)")
        }
    }

    /// Returns the record with which rules came into force last, or nil if there is none.
    private static func record(
        in journal: any Journal
    ) throws(JournalError) -> (position: Position, at: Timestamp, texts: RuleTexts)? {
        let index = try journal.index()
        guard let position = try position(in: journal), let at = try index.entry(at: position)?.at,
            let texts = try index.rules(at: position)
        else { return nil }
        return (position, at, texts)
    }

    /// Returns the record's position. Rules whose last part was never recorded have not been in force.
    private static func position(in journal: any Journal) throws(JournalError) -> Position? {
        var (position, start) = (nil as Position?, Position.zero)
        if let snapshot = try journal.snapshots.latest(), let known = Broker.rulesPosition(of: snapshot) {
            (position, start) = (known == .zero ? nil : known, snapshot.position)
        }
        let records = try journal.log.reader(after: start)
        while case let entries = try records.read(), !entries.isEmpty {
            for entry in entries {
                if case .rules(let record) = entry.record, !record.continues { position = entry.position }
            }
        }
        return position
    }
}
