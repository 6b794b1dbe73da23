import TocsinRouting

/// The variables that set a client's keys.
public enum ClientVariables {
    /// The client's key file.
    public static let key = "TOCSIN_KEY"
    /// The broker's public key, or a file that has it.
    public static let brokerKey = "TOCSIN_BROKER_KEY"
}

/// A variable of the environment that has a key's prefix and is no key's: most likely a slip of the pen.
public struct IgnoredVariable: Hashable, Sendable, CustomStringConvertible {
    public let name: String
    /// The variable that may be meant, or nil if none is like it.
    public let nearest: String?

    public var description: String {
        "\(Suggestion.quoted(name)) in the environment sets nothing: no key has this name"
            + (nearest.map { "; did you mean '\($0)'?" } ?? "")
    }

    /// Returns the ignored variables of an environment, sorted by name. An empty variable counts as not set.
    public static func all(in environment: [String: String]) -> [IgnoredVariable] {
        let known = ConfigurationKey.allCases.map(\.variable) + [ClientVariables.key, ClientVariables.brokerKey]
        let names = environment.filter { $0.key.hasPrefix("TOCSIN_") && !$0.value.isEmpty && !known.contains($0.key) }
            .keys
        return names.sorted().map { IgnoredVariable(name: $0, nearest: Suggestion.nearest(to: $0, among: known)) }
    }
}
