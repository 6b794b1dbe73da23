import TocsinModel

//     {"incident": 17, "score": 2, "note": "…", "by": "Li", "principal": "handheld-7"}
extension RatedRecord {
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("incident", incident.value)
            json.member("score", rating.score)
            json.member("note", ifPresent: rating.note)
            json.member("by", ifPresent: rating.by)
            json.member("principal", ifPresent: rating.principal)
        }
    }

    init(json: JSONNode) throws(Refusal) {
        let score: Int64 = try json.member("score")
        guard let score = Int(exactly: score), Rating.scores.contains(score) else {
            throw Refusal(member: "score", "must be 1 to 5; it is \(score)")
        }
        self.init(
            incident: IncidentNumber(try json.member("incident") as Int64),
            rating: Rating(
                score: score, note: try json.member(ifPresent: "note"), by: try json.member(ifPresent: "by"),
                principal: try json.member(ifPresent: "principal")))
    }
}
