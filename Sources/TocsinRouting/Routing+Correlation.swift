public import TocsinModel

extension Routing {
    /// Returns the keys by which a report is found to be of one happening: those of the happenings that it names itself, then
    /// its rule's.
    ///
    /// What a silence keeps still is of another happening than what rings, and than what another silence keeps still, which
    /// may last longer: whoever does not hear of the one would not hear of the other either.
    ///
    /// - Parameters:
    ///   - report: The report.
    ///   - silence: What keeps its alerts still; nil if they ring.
    public func keys(of report: Report, keptStillBy silence: Silencing.Source?) -> [CorrelationKey] {
        let keys = report.happeningKeys + [correlation.flatMap { report.key(by: $0) }].compactMap(\.self)
        return silence.map { silence in keys.map { $0.marked(asOf: silence) } } ?? keys
    }
}
