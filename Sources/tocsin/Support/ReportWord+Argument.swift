public import ArgumentParser
public import TocsinJournal
public import TocsinModel

// The closed lists of a report as flags. Upper and lower case are the same. Help and completion name the words.

extension TocsinModel.Category: ExpressibleByArgument {}
extension Severity: ExpressibleByArgument {}
extension Urgency: ExpressibleByArgument {}
extension Certainty: ExpressibleByArgument {}
extension ReportStatus: ExpressibleByArgument {}
extension Purpose: ExpressibleByArgument {}
extension PlaceLevel: ExpressibleByArgument {}
extension StatisticsQuestion.Dimension: ExpressibleByArgument {}

extension ExpressibleByArgument where Self: ReportWord {
    public init?(argument: String) {
        let wanted = argument.lowercased()
        guard let word = Self.allCases.first(where: { $0.rawValue.lowercased() == wanted }) else { return nil }
        self = word
    }
}
