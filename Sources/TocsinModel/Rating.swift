/// What whoever reported an incident thinks of how it was dealt with. Equality compares bytes.
public struct Rating: Hashable, Sendable {
    /// 1 is the worst, 5 the best.
    public static let scores: ClosedRange<Int> = 1...5
    /// A score below this tells those whom the rule names for it.
    public static let low = 3

    public var score: Int
    public var note: String?
    /// Whoever rates, as the client gave the name; nil for nobody named.
    public var by: String?
    /// The name under which the broker let the connection in that brought it; nil where it asked for no key.
    public var principal: String?

    public init(score: Int, note: String? = nil, by: String? = nil, principal: String? = nil) {
        self.score = score
        self.note = note
        self.by = by
        self.principal = principal
    }

    public var isLow: Bool { score < Self.low }

    public static func == (left: Rating, right: Rating) -> Bool {
        left.score == right.score && left.note.isIdentical(to: right.note) && left.by.isIdentical(to: right.by)
            && left.principal.isIdentical(to: right.principal)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(score)
    }
}
