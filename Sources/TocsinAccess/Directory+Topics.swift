import TocsinModel
import TocsinRouting

extension Directory {
    /// Returns what is wrong with the beginning of topics of the feed; nil if topics may begin so.
    ///
    ///     incident/CATEGORY/SEVERITY/GRID     alert/RECIPIENT/SEVERITY/GRID     state/INCIDENT
    ///
    /// The last part may end anywhere: `alert/fi` is the beginning of `alert/fire/…`.
    func problem(ofTopicsBeginning text: String) -> String? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let forms = ["incident/": "CATEGORY/SEVERITY/GRID", "alert/": "RECIPIENT/SEVERITY/GRID", "state/": "INCIDENT"]
        guard parts.count > 1, let form = forms[parts[0] + "/"], text.utf8.count <= Limits.subscriptionBytes else {
            return Suggestion.message(text, isNot: "the beginning of a topic", valid: forms.keys.sorted())
                + "; and all in place of the list"
        }
        let names = form.split(separator: "/")
        guard parts.count - 1 <= names.count else {
            return "no topic begins with \(Suggestion.quoted(text)); the longest are \(parts[0])/\(form)"
        }
        for (index, name) in names.enumerated() where index + 1 < parts.count {
            let isWhole = index + 2 < parts.count
            if let problem = problem(of: parts[index + 1], as: name, isWhole: isWhole) { return problem }
        }
        return nil
    }

    private func problem(of part: String, as name: Substring, isWhole: Bool) -> String? {
        switch name {
        case "CATEGORY": problem(of: part, isWhole, "a category", Category.allCases.map(\.rawValue))
        case "SEVERITY": problem(of: part, isWhole, "a severity", Severity.allCases.map(\.rawValue))
        case "RECIPIENT": problem(ofRecipient: part, isWhole)
        case "GRID":
            part == "-" || part.isNumber(ofAtMost: 15)
                ? nil
                : "\(Suggestion.quoted(part)) is not the beginning of a grid code; nor is it -, for reports without one"
        default: part.isNumber(ofAtMost: 19) ? nil : "\(Suggestion.quoted(part)) is not the number of an incident"
        }
    }

    private func problem(of part: String, _ isWhole: Bool, _ kind: String, _ words: [String]) -> String? {
        words.contains { isWhole ? $0 == part : $0.hasPrefix(part) }
            ? nil : Suggestion.message(part, isNot: isWhole ? kind : "the beginning of \(kind)", valid: words)
    }

    private func problem(ofRecipient part: String, _ isWhole: Bool) -> String? {
        if isWhole {
            guard let recipient = Recipient(part) else { return "\(Suggestion.quoted(part)) is not a recipient" }
            return contains(recipient) ? nil : problem(of: recipient)
        }
        let halves = part.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard halves.count == 2 else {
            return problem(of: part, false, "a recipient", departments.map(\.name.name) + roles.map(\.name.name))
        }
        return problem(of: halves[0], true, "a role", roles.map(\.name.name))
            ?? (halves[1].isNumber(ofAtMost: 15) ? nil : Suggestion.notAGridCode(halves[1]))
    }
}

extension String {
    /// True for the beginning of a number that has at most so many digits and no 0 in front.
    fileprivate func isNumber(ofAtMost digits: Int) -> Bool {
        utf8.count <= digits && utf8.first != UInt8(ascii: "0")
            && utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}
