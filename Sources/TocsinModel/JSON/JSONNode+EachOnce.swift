/// The refusal of objects that have a member twice.
extension JSONNode {
    /// Refuses an object that has two members of one name, because another reader might take the other one.
    ///
    /// - Parameter path: the object's own path in the document; nil for the whole document.
    /// - Throws: a ``Refusal`` `invalid` whose field is the member.
    public func requireEachMemberOnce(_ path: String? = nil) throws(Refusal) {
        if let name = firstRepeatedName { throw .isThereTwice(name, in: path) }
    }
}

extension Refusal {
    /// Returns the refusal of a member that is there twice.
    static func isThereTwice(_ name: UnsafeRawBufferPointer, in path: String? = nil) -> Refusal {
        let name = String(decoding: name, as: UTF8.self).shortened
        return Refusal(member: path.map { "\($0).\(name)" } ?? name, "is there twice")
    }
}

extension JSONNode {
    /// The first name that occurs a second time; nil if each name occurs once. Names are compared as bytes.
    ///
    /// Up to 16 names are compared with one another. More are hashed, so that the cost grows with the document's size
    /// alone.
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
