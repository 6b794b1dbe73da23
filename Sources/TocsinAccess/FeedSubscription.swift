extension Rights {
    /// Returns the prefixes that a subscription stands for: what was asked for, as far as the rights go.
    ///
    /// A subscription to everything by whoever may get `alert/fire/` and `incident/` is one to each of the two.
    ///
    /// - Parameter prefix: the beginning of topics that the subscriber asked for. Empty for all.
    public func subscriptions(for prefix: [UInt8]) -> [[UInt8]] {
        switch feed {
        case .all: return [prefix]
        case .only(let allowed):
            let allowed = allowed.map { Array($0.utf8) }
            if allowed.contains(where: { prefix.starts(with: $0) }) { return [prefix] }
            return allowed.filter { $0.starts(with: prefix) }
        }
    }
}
