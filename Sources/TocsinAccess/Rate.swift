/// A number of reports in a time: `20/s`, `90/m`, `500/h`.
public struct Rate: Hashable, Sendable, CustomStringConvertible {
    /// The number of reports: 1 to 1,000,000.
    public let count: Int
    public let unit: Unit

    public enum Unit: String, Hashable, Sendable, CaseIterable {
        case second = "s"
        case minute = "m"
        case hour = "h"

        /// The unit's length.
        var milliseconds: Int64 {
            switch self {
            case .second: 1_000
            case .minute: 60_000
            case .hour: 3_600_000
            }
        }
    }

    /// Reads a rate; nil for anything else, and for `0/s`.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, (1...7).contains(parts[0].utf8.count),
            parts[0].utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let count = Int(parts[0]), (1...1_000_000).contains(count), let unit = Unit(rawValue: String(parts[1]))
        else { return nil }
        self.count = count
        self.unit = unit
    }

    public var description: String { "\(count)/\(unit.rawValue)" }
}
