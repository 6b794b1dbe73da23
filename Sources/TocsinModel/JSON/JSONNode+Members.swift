/// Reading of members. A member has the value that is asked for, or a ``Refusal`` says what it is and what it must be.
///
/// `null` is a value like any other. An optional member is left out; a `null` in its place is refused.
extension JSONNode {
    /// Reads this node as a value. `field` is the node's path in the document, and is made only for a refusal.
    @inlinable
    public func read<Value: JSONReadable>(as field: @autoclosure () -> String) throws(Refusal) -> Value {
        guard let value = Value(json: self) else {
            throw Refusal(self, as: field(), mustBe: Value.expectation, allowed: Value.allowed)
        }
        return value
    }

    /// Reads a required member.
    @inlinable
    public func member<Value: JSONReadable>(_ name: StaticString) throws(Refusal) -> Value {
        guard let node = self[name] else { throw .isMissing(name.description) }
        return try node.read(as: name.description)
    }

    /// Reads an optional member; nil if it is missing.
    @inlinable
    public func member<Value: JSONReadable>(ifPresent name: StaticString) throws(Refusal) -> Value? {
        guard let node = self[name] else { return nil }
        return try node.read(as: name.description)
    }

    /// Calls `body` with each element of a required array.
    @inlinable
    public func forEachElement(
        of name: StaticString, _ body: (JSONNode) throws(Refusal) -> Void
    ) throws(Refusal) {
        guard let array = self[name] else { throw .isMissing(name.description) }
        guard array.kind == .array else { throw Refusal(array, as: name.description, mustBe: "an array") }
        try array.forEachElement(body)
    }

    /// Returns the elements of a required array, each made by `read`.
    @inlinable
    public func elements<Element>(
        _ name: StaticString, _ read: (JSONNode) throws(Refusal) -> Element
    ) throws(Refusal) -> [Element] {
        var elements: [Element] = []
        try forEachElement(of: name) { (node) throws(Refusal) in elements.append(try read(node)) }
        return elements
    }
}

extension Refusal {
    /// Creates the refusal of a wrong member. `what` continues the sentence after its name: "must not be empty".
    public init(member field: String, _ what: String, allowed: [String] = []) {
        self.init(.invalid, "The member \(field) \(what).", field: field, allowed: allowed)
    }

    /// Creates the refusal of a member that is not what it must be.
    public init(_ found: JSONNode, as field: String, mustBe expectation: String, allowed: [String] = []) {
        self.init(member: field, "must be \(expectation); it is \(found.phrase)", allowed: allowed)
    }

    /// Returns the refusal of a required member that is missing.
    public static func isMissing(_ field: String) -> Refusal { Refusal(member: field, "is required and missing") }
}

extension JSONNode {
    /// A description of the node in a few words.
    fileprivate var phrase: String {
        switch kind {
        case .object: return "an object"
        case .array:
            var count = 0
            forEachElement { _ in count += 1 }
            return "an array of \(count)"
        case .string: return "'\((string ?? "").shortened)'"
        case .number: return integer.map { "\($0)" } ?? "a number that is not whole, or beyond 64 bits"
        case .boolean: return boolean == true ? "true" : "false"
        case .null: return "null"
        }
    }
}
