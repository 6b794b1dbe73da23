/// How the members of an object are read, and what is said where one is missing, wrong, or there twice.
extension JSONNode {
    /// Refuses an object that has two members of one name: another reader might take the other one.
    ///
    /// - Parameter path: the object's own place in the document; nil for the whole document.
    /// - Throws: a ``Refusal`` `invalid` whose field is the member.
    public func requireEachMemberOnce(_ path: String? = nil) throws(Refusal) {
        if let name = firstRepeatedName { throw .isThereTwice(name, in: path) }
    }

    public func requireString(_ field: String) throws(Refusal) -> String {
        guard let string else {
            throw Refusal(.invalid, "'\(field)' must be a string.", field: field)
        }
        return string
    }

    public func requiredString(_ name: StaticString) throws(Refusal) -> String {
        guard let node = self[name] else { throw Refusal(.invalid, "'\(name)' is required.", field: "\(name)") }
        return try node.requireString("\(name)")
    }

    public func requiredInteger(_ name: StaticString) throws(Refusal) -> Int64 {
        guard let value = self[name]?.integer else {
            throw Refusal(.invalid, "'\(name)' must be a whole number.", field: "\(name)")
        }
        return value
    }

    /// An incident's number, as somebody else names it.
    public func requiredIncident(_ name: StaticString) throws(Refusal) -> IncidentNumber {
        guard let number = IncidentNumber(exactly: try requiredInteger(name)) else {
            throw Refusal(.invalid, "'\(name)' must be an incident's number, from 1 on.", field: "\(name)")
        }
        return number
    }

    public func requiredTimestamp(_ name: StaticString) throws(Refusal) -> Timestamp {
        guard let time = Timestamp(try requiredString(name)) else {
            throw Refusal(.invalid, "'\(name)' must be an RFC 3339 time.", field: "\(name)")
        }
        return time
    }

    public func requiredWord<Word: ReportWord>(_ name: StaticString) throws(Refusal) -> Word {
        let text = try requiredString(name)
        guard let word = Word(rawValue: text) else {
            throw Refusal(
                .invalid, "'\(name)' must be one of \(Word.words.joined(separator: ", ")).", field: "\(name)",
                allowed: Word.words)
        }
        return word
    }

    public func requiredRecipient(_ name: StaticString) throws(Refusal) -> Recipient {
        guard let recipient = Recipient(try requiredString(name)) else {
            throw Refusal(.invalid, "'\(name)' must be a recipient.", field: "\(name)")
        }
        return recipient
    }

    /// The elements of an array, each as `read` makes it.
    public func requiredElements<Element>(
        _ name: StaticString, _ read: (JSONNode) throws(Refusal) -> Element
    ) throws(Refusal) -> [Element] {
        guard let array = self[name], array.kind == .array else {
            throw Refusal(.invalid, "'\(name)' must be an array.", field: "\(name)")
        }
        var elements: [Element] = []
        try array.forEachElement { (node) throws(Refusal) in elements.append(try read(node)) }
        return elements
    }
}

extension Refusal {
    /// A member that is there twice.
    static func isThereTwice(_ name: UnsafeRawBufferPointer, in path: String? = nil) -> Refusal {
        let name = String(decoding: name, as: UTF8.self).shortened
        let field = path.map { "\($0).\(name)" } ?? name
        return Refusal(.invalid, "The member \(field) is there twice.", field: field)
    }
}

extension JSONNode {
    /// The first name that has come before; nil where each is there once. Names are bytes.
    ///
    /// A few are compared with one another. Of many each is hashed, so that a document of names costs no more than its size.
    private var firstRepeatedName: UnsafeRawBufferPointer? {
        guard let (first, end) = memberSlots else { return nil }
        var (slot, count) = (first, 0)
        while slot < end {
            guard count < 16 else { return firstRepeatedNameByHash }
            let name = bytes(at: slot)
            var earlier = first
            while earlier < slot {
                if bytes(at: earlier).equals(name) { return name }
                earlier = node(at: earlier + 1).next
            }
            slot = node(at: slot + 1).next
            count += 1
        }
        return nil
    }

    private var firstRepeatedNameByHash: UnsafeRawBufferPointer? {
        var seen: Set<Name> = []
        var repeated: UnsafeRawBufferPointer?
        forEachMember { name, _ in
            if !seen.insert(Name(bytes: name)).inserted, repeated == nil { repeated = name }
        }
        return repeated
    }

    /// A name by its bytes.
    private struct Name: Hashable {
        let bytes: UnsafeRawBufferPointer

        static func == (left: Name, right: Name) -> Bool { left.bytes.equals(right.bytes) }

        func hash(into hasher: inout Hasher) { hasher.combine(bytes: bytes) }
    }
}
