package import TocsinModel

extension Directory {
    /// Returns what is wrong with the name of a mailbox that does not exist, and what would be right.
    ///
    ///     'fyre' is not a department; valid are fire, gas; did you mean 'fire'?
    package func problem(of recipient: Recipient) -> String {
        let word = recipient.word
        let role = RoleName(word).flatMap { self.role($0) }
        guard let place = recipient.place else {
            if let role { return "'\(word)' is a role, which has a mailbox at a place; one is \(example(of: role))" }
            return Suggestion.message(word, isNot: "a department", valid: departments.map(\.name.name))
        }
        guard let role else { return Suggestion.message(word, isNot: "a role", valid: roles.map(\.name.name)) }
        guard role.levels.contains(place.level) else {
            let levels = PlaceLevel.allCases.filter { role.levels.contains($0) }.map(\.rawValue)
            return "the role '\(word)' does not exist at a \(place.level.rawValue) such as \(place); it exists at "
                + Suggestion.list(levels)
        }
        let valid = places.keys.filter { $0.level == place.level }.map(\.description).sorted()
        return Suggestion.message(place.description, isNot: "a \(place.level.rawValue)", valid: valid)
    }

    /// Returns the refusal of a recipient that does not exist. `field` is the member of the body that names it; nil for the
    /// header.
    package func unknown(_ recipient: Recipient, field: String? = nil) -> Refusal {
        Refusal(
            .unknownRecipient, "There is no recipient '\(recipient)' in the directory: \(problem(of: recipient))",
            field: field)
    }

    /// A mailbox of a role, the first by its place.
    private func example(of role: Role) -> String {
        let place = places.keys.filter { role.levels.contains($0.level) }.map(\.description).min()
        return "\(role.name)@\(place ?? "PLACE")"
    }
}
