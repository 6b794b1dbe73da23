public import TocsinModel

extension Routing {
    /// Returns the keys by which a report is found to be of one happening: those of the happenings that it names itself, then
    /// its rule's.
    ///
    /// What a silence keeps still is of another happening than what rings: whoever does not hear of the one would not hear of
    /// the other either.
    ///
    /// - Parameters:
    ///   - report: The report.
    ///   - isSilenced: True if its alerts are kept still.
    public func keys(of report: Report, isSilenced: Bool) -> [CorrelationKey] {
        let keys = report.happeningKeys + [correlation.flatMap { report.key(by: $0) }].compactMap(\.self)
        return isSilenced ? keys.map { $0.markedAsSilenced() } : keys
    }
}
