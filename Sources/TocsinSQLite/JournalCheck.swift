import GRDB
public import TocsinJournal
import TocsinModel

/// Checks everything that a journal has, beside a running daemon or without one. It writes nothing. It finds the damage
/// that a start finds, and the damage that no start looks for.
///
/// Its memory does not grow with the journal: it holds the fold's open incidents and the tail's records. Beside a
/// running daemon it sees one moment. Until it ends, `journal.sqlite-wal` grows with each new record.
public struct JournalCheck<Fold: RecordFold> {
    /// The number of records between two reports of progress.
    static var stride: Int64 { 1000 }

    var findings = JournalFindings()
    var fold: Fold
    let report: JournalProgress.Report
    let codec = RecordCodec()

    // The state of the walk over the records.
    var lastPosition: Int64 = 0
    var lastChecksum: UInt32 = 0
    var chain = IncidentChain(fromFirst: true)
    /// True while the fold has all records up to here.
    var isFolding = true
    var snapshot: JournalSnapshot?

    private init(_ fold: Fold, _ report: @escaping JournalProgress.Report) {
        (self.fold, self.report) = (fold, report)
    }

    /// Checks the journal in a state folder, or a backup.
    ///
    /// - Parameters:
    ///   - path: The folder, or the backup's file.
    ///   - fold: A fold that has no records yet.
    ///   - report: Takes the progress.
    /// - Throws: `JournalError.failed` if there is no journal or it cannot be read. `JournalError.incompatible` for a
    ///   journal of a later version. Damage is a finding.
    public static func run(
        _ path: String, folding fold: Fold, report: @escaping JournalProgress.Report = { _ in }
    ) throws(JournalError) -> JournalFindings {
        try run(JournalPlace(path), folding: fold, report: report)
    }

    static func run(
        _ place: JournalPlace, folding fold: Fold, report: @escaping JournalProgress.Report
    ) throws(JournalError) -> JournalFindings {
        var check = JournalCheck(fold, report)
        do throws(JournalError) {
            if case .folder(let folder) = place { check.checkFolder(folder) }
            try place.read { try check.checkAll($0) }
        } catch {
            guard case .corrupt = error else { throw error }
            check.findings.add("\(place.file): \(error.what.replacing("\(place.file) is damaged: ", with: ""))")
        }
        return check.findings
    }

    private mutating func checkAll(_ reading: JournalReading) throws {
        findings.format = reading.format
        try checkStructure(reading)
        try part("schema") { try $0.checkSchema(reading) }
        try part("journal") { try $0.checkOrigin(reading) }
        try part("snapshot") { try $0.checkSnapshot(reading) }
        try part("record") { try $0.checkRecords(reading) }
        try part("journal.tail") { try $0.checkTail(reading) }
        try part("views") { try $0.checkViews(reading) }
        try part("subscriptions") { try $0.checkSubscriptions(reading) }
    }

    /// Checks one part. If SQLite cannot read it, that is a finding, and the next part follows.
    private mutating func part(_ name: String, _ check: (inout Self) throws -> Void) throws {
        do {
            try check(&self)
        } catch let error as DatabaseError where [.SQLITE_CORRUPT, .SQLITE_ERROR].contains(error.resultCode) {
            findings.add("\(name): it cannot be read any further (SQLite: \(error.message ?? "damaged"))")
        } catch let error as JournalError {
            guard case .corrupt = error else { throw error }
            findings.add(error.what)
        }
    }

    func tell(_ task: JournalProgress.Task, _ done: Int64, of total: Int64) {
        if done % Self.stride == 0 || done == total { report(JournalProgress(task: task, done: done, total: total)) }
    }
}

extension JournalError {
    /// The first sentence, which names the fault without the remedy.
    var what: String {
        let text = description
        return text.firstRange(of: ". ").map { String(text[..<$0.lowerBound]) } ?? text
    }
}
