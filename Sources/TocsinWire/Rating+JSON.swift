public import TocsinModel

/// The body of RATE's OK, which is missing where there is nothing to say.
public struct RatingAnswer: Hashable, Sendable {
    /// True if the rating has opened the incident again.
    public var isReopened: Bool

    public init(isReopened: Bool = false) {
        self.isReopened = isReopened
    }

    /// Writes `{"reopened":true}`.
    public func write(to json: inout JSONWriter) {
        json.object { json in
            if isReopened { json.member("reopened", true) }
        }
    }

    public init(json: JSONNode) throws(Refusal) {
        isReopened = try json.member(ifPresent: "reopened") ?? false
    }
}

// The body of RATE.
extension Rating {
    /// Writes the body.
    ///
    ///     {"score": 2, "note": "…", "by": "Li"}
    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("score", score)
            json.member("note", ifPresent: note)
            json.member("by", ifPresent: by)
        }
    }

    /// Reads the body.
    public init(json: JSONNode) throws(Refusal) {
        guard let node = json["score"] else { throw .isMissing("score") }
        guard let score = node.integer.flatMap({ Int(exactly: $0) }), Self.scores.contains(score) else {
            throw Refusal(node, as: "score", mustBe: "a whole number from 1, the worst, to 5, the best")
        }
        let note: String? = try json.member(ifPresent: "note")
        if let note, note.utf8.count > Limits.noteBytes {
            throw Refusal(member: "note", "must have at most \(Limits.noteBytes) bytes")
        }
        self.init(score: score, note: note, by: try SubscriptionWish.by(json))
    }
}
