import TocsinModel

/// The addressees and plans of records, each held once. A journal repeats them again and again.
final class SharedParts {
    private static let limit = 10_000

    private var known: Set<Addressee> = []
    private var knownPlans: Set<[Plan]> = []
    /// The last addressee at each index of a list, which is the likeliest to be named there next.
    private var recent: [Addressee] = []
    private var next = 0
    /// An addressee of the group that is being read.
    private var sameGroup: Addressee?

    /// Begins with the first alert of a list.
    ///
    /// - Returns: The number of alerts in the list before. This list is likely to have as many.
    func begin() -> Int {
        defer { next = 0 }
        return next
    }

    /// Begins with the first alert of a group.
    func beginGroup() {
        sameGroup = nil
    }

    /// Returns a record's plans, as the same array as an equal earlier one.
    func plans(of record: JSONNode) throws(Refusal) -> [Plan] {
        guard record["plans"] != nil else { return [] }
        let read = try record.elements("plans", Plan.init(json:))
        if knownPlans.count >= Self.limit { knownPlans.removeAll() }
        return knownPlans.insert(read).memberAfterInsert
    }

    func addressee(_ recipient: JSONNode, of group: JSONNode) throws(Refusal) -> Addressee {
        let addressee = try find(recipient, of: group)
        sameGroup = addressee
        next += 1
        return addressee
    }

    private func find(_ recipient: JSONNode, of group: JSONNode) throws(Refusal) -> Addressee {
        if next < recent.count, Optional(recipient).isText(recent[next].recipient.name),
            sameGroup.map(recent[next].isNamed(as:)) ?? recent[next].isWritten(of: group)
        {
            return recent[next]
        }
        let read = Addressee(
            recipient: try recipient.read(as: "to"), purpose: try group.member("purpose"),
            rule: try group.member("rule"),
            otherRules: (try group.member(ifPresent: "rules") as [String]?).map { Array($0.dropFirst()) } ?? [],
            acknowledgeWithinMilliseconds: try group.member(ifPresent: "acknowledgeWithinMs"),
            note: try group.member(ifPresent: "note"), joined: try JoinedReport.read(group))
        if known.count >= Self.limit { known.removeAll() }
        let addressee = known.insert(read).memberAfterInsert
        if next < recent.count { recent[next] = addressee } else { recent.append(addressee) }
        return addressee
    }
}

extension Addressee {
    /// Returns true if a group of a record says this of its recipients.
    fileprivate func isWritten(of group: JSONNode) -> Bool {
        group["rule"].isText(rule) && group["purpose"].isText(purpose.rawValue) && group["note"].isText(note)
            && (joined == nil ? group["joined"] == nil : (try? JoinedReport.read(group)) == joined)
            && group["acknowledgeWithinMs"]?.integer == acknowledgeWithinMilliseconds
            && (otherRules.isEmpty ? group["rules"] == nil : isNamedByRules(of: group))
    }
}

extension Addressee {
    private func isNamedByRules(of group: JSONNode) -> Bool {
        guard let written: [String] = try? group["rules"]?.read(as: "rules") else { return false }
        return written.isIdentical(to: rules)
    }
}

extension JSONNode? {
    /// Returns true if it is this text, byte for byte. A missing member is no text.
    fileprivate func isText(_ text: String?) -> Bool {
        guard var text else { return self == nil }
        guard let bytes = self?.stringBytes else { return false }
        return text.withUTF8 { bytes.equals(UnsafeRawBufferPointer($0)) }
    }
}
