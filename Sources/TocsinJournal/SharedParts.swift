import TocsinModel

/// What records have said of recipients and steps, each once: a journal says the same again and again.
final class SharedParts {
    private static let limit = 10_000

    private var known: Set<Addressee> = []
    private var knownPlans: Set<[Plan]> = []
    /// At each place of a list the one named last there, which is the likeliest to be named there next.
    private var recent: [Addressee] = []
    private var next = 0
    /// One of the group that is being read.
    private var sameGroup: Addressee?

    /// Begins with the first alert of a list.
    ///
    /// - Returns: How many the list before had: this one is likely to have as many.
    func begin() -> Int {
        defer { next = 0 }
        return next
    }

    /// Begins with the first alert of a group.
    func beginGroup() {
        sameGroup = nil
    }

    /// A record's plans, the same array as an earlier one that says the same.
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
            acknowledgeWithinMilliseconds: try group.member(ifPresent: "acknowledgeWithinMs"),
            note: try group.member(ifPresent: "note"))
        if known.count >= Self.limit { known.removeAll() }
        let addressee = known.insert(read).memberAfterInsert
        if next < recent.count { recent[next] = addressee } else { recent.append(addressee) }
        return addressee
    }
}

extension Addressee {
    /// Whether a group of a record says this of its recipients.
    fileprivate func isWritten(of group: JSONNode) -> Bool {
        group["rule"].isText(rule) && group["purpose"].isText(purpose.rawValue) && group["note"].isText(note)
            && group["acknowledgeWithinMs"]?.integer == acknowledgeWithinMilliseconds
    }
}

extension JSONNode? {
    /// Whether it is this text, byte for byte; a missing member is no text.
    fileprivate func isText(_ text: String?) -> Bool {
        guard var text else { return self == nil }
        guard let bytes = self?.stringBytes else { return false }
        return text.withUTF8 { bytes.equals(UnsafeRawBufferPointer($0)) }
    }
}
