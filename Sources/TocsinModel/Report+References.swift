extension Report {
    /// The names of the reports that an Update or a Cancel refers to, each once, in the order in which it has them. An
    /// Alert has none: what it refers to decides nothing.
    public var referencedNames: [ReportName] {
        guard messageType != .alert, let references else { return [] }
        var names: [ReportName] = []
        var known: Set<ReportName> = []
        for reference in references.split(separator: " ") {
            let parts = reference.split(separator: ",", omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            let name = ReportName(sender: String(parts[0]), identifier: String(parts[1]))
            if known.insert(name).inserted { names.append(name) }
        }
        return names
    }
}
