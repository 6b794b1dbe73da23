import TocsinModel
import Yams

/// Reading the reports of a drill, and what whoever reports has to expect.
extension DrillReader {
    /// What a report needs that people are told by.
    private static let required = ["event", "category", "severity"]
    /// What each playing gives anew.
    private static let given = ["identifier", "sent"]
    /// What may stand beside a link that falls silent.
    private static let besideLink = ["at", "silent", "expect"]
    private static let ratingKeys = ["score", "by", "note", "expect"]
    /// The refusals of REPORT that a report which is right can meet with.
    private static let refusals = [RefusalCode.notPermitted, .busy]

    mutating func exercise(_ fields: FileReader.Fields, number: Int, wait: Duration?) -> Drill.Exercise? {
        guard let node = file.required("report", in: fields) else { return nil }
        checkMembers(of: node)
        for name in Self.required where node.mapping != nil && ExpectedReport.member(name, of: node) == nil {
            file.note(node, "a report of a drill needs '\(name)', which is missing")
        }
        guard let json = ExpectedReport(node, at: Timestamp(milliseconds: 0), number: number, &file)?.bytes else {
            return nil
        }
        bytes += json.count
        guard bytes <= Limits.textFileBytes else {
            file.note(
                node, "with this report all have more than \(Limits.textFileBytes) bytes, and no more are allowed")
            return nil
        }
        let report: Report
        do throws(Refusal) {
            report = try ReportDecoder().decode(json)
        } catch {
            ExpectedReport.note(error, in: node, &file)
            return nil
        }
        if let grid = report.grid, directory.places[grid] == nil {
            file.noteUnknown(grid, ExpectedReport.member("area.grid", of: node) ?? node, in: directory)
        }
        let (type, origins) = news(fields)
        return Drill.Exercise(
            json: json, report: report, hasSender: ExpectedReport.member("sender", of: node) != nil,
            name: fields["name"].flatMap { line($0, "the name of a report of the drill") }, type: type,
            origins: origins,
            refusal: fields["refused"].flatMap { refusal($0) },
            rating: fields["rating"].flatMap { rating($0, of: report, wait: wait) })
    }

    /// Checks that a report is nothing but an exercise, whose name and time each playing gives.
    private mutating func checkMembers(of node: Node) {
        guard let mapping = node.mapping else { return }
        for (key, value) in mapping {
            let name = key.scalar?.string ?? ""
            if Self.given.contains(name) {
                file.note(key, "'\(name)' is given anew each time that the drill is played; leave it out")
            } else if name == "status", value.scalar?.string != ReportStatus.exercise.rawValue {
                file.note(value, "a drill reports exercises alone; leave 'status' out, or say Exercise")
            } else if name == "references" || name == "msgType" && value.scalar?.string != MessageType.alert.rawValue {
                file.note(
                    key,
                    "what a report is news of stands beside 'report': 'updates' or 'cancels', with the 'name' of an "
                        + "earlier one"
                )
            }
        }
    }

    // MARK: News

    private mutating func news(_ fields: FileReader.Fields) -> (type: MessageType, origins: [String]) {
        if fields["updates"] != nil, let node = fields["cancels"] {
            file.note(node, "a report updates or cancels, and does not do both; leave one out")
        }
        let (type, node): (MessageType, Node?) =
            fields["cancels"].map { (.cancel, $0) } ?? (fields["updates"] == nil ? .alert : .update, fields["updates"])
        guard let node else { return (type, []) }
        let names = file.oneOrMore(node, type == .cancel ? "cancels" : "updates")
        return (type, names.compactMap { file.text(of: $0, "the name of a report of the drill") })
    }

    /// Checks the names of reports, and that each report that is news of others comes after them.
    mutating func checkOrigins(of entries: [Drill.Entry], _ fields: [FileReader.Fields]) {
        var named: [String: Drill.Entry] = [:]
        for (entry, fields) in zip(entries, fields) {
            guard let name = entry.exercise?.name else { continue }
            if named.updateValue(entry, forKey: name) != nil, let node = fields["name"] {
                file.note(node, "\(Suggestion.quoted(name)) is the name of two reports; each needs its own")
            }
        }
        let names = entries.compactMap { $0.exercise?.name }
        for (entry, fields) in zip(entries, fields) {
            guard let exercise = entry.exercise, let node = fields["cancels"] ?? fields["updates"] else { continue }
            for name in exercise.origins {
                guard let origin = named[name], let earlier = origin.exercise else {
                    file.note(
                        node, Suggestion.message(name, isNot: "the name of a report of the drill", valid: names))
                    continue
                }
                if origin.at >= entry.at {
                    file.note(node, "\(Suggestion.quoted(name)) is not reported before this; make its 'at' earlier")
                }
                if exercise.type == .cancel, Self.sender(of: exercise) != Self.sender(of: earlier) {
                    file.note(
                        node,
                        "\(Suggestion.quoted(name)) is another sender's, and a Cancel ends what its own sender has reported; give "
                            + "both the same 'sender'")
                }
            }
        }
    }

    /// The sender that the file names; nil for the user who plays the drill.
    private static func sender(of exercise: Drill.Exercise) -> String? {
        exercise.hasSender ? exercise.report.name.sender : nil
    }

    // MARK: What whoever reports has to expect

    private mutating func refusal(_ node: Node) -> RefusalCode? {
        guard let word = file.text(of: node, "refused") else { return nil }
        noteExpectation()
        if let code = Self.refusals.first(where: { $0.rawValue == word }) { return code }
        file.note(
            node,
            Suggestion.message(
                word, isNot: "a refusal that a report of a drill can meet with", valid: Self.refusals.map(\.rawValue)))
        return nil
    }

    private mutating func rating(_ node: Node, of report: Report, wait: Duration?) -> Drill.RatingToCome? {
        guard let fields = file.fields(of: node, "a rating", keys: Self.ratingKeys) else { return nil }
        noteExpectation()
        let score = file.required("score", in: fields).flatMap { self.score($0) }
        let by = fields["by"].flatMap { text($0, "by", atMost: Limits.personNameBytes) }
        let note = fields["note"].flatMap { text($0, "note", atMost: Limits.noteBytes) }
        let expected = fields["expect"].map { self.expected($0, at: place(of: report), wait: wait) } ?? []
        guard let score else { return nil }
        let rating = Rating(score: score, note: note, by: by)
        if !rating.isLow, let node = fields["expect"] {
            file.note(node, "nobody is told of a rating of \(Rating.low) or more; leave 'expect' out, or make it lower")
        }
        return Drill.RatingToCome(rating: rating, expected: expected)
    }

    private mutating func score(_ node: Node) -> Int? {
        guard let text = file.text(of: node, "score") else { return nil }
        if let score = Int(text), Rating.scores.contains(score) { return score }
        file.note(node, "\(Suggestion.quoted(text)) is not a score; valid are 1, the worst, to 5, the best")
        return nil
    }

    private mutating func text(_ node: Node, _ what: String, atMost bytes: Int) -> String? {
        guard let text = file.text(of: node, what) else { return nil }
        if text.utf8.count <= bytes { return text }
        file.note(node, "\(what) has \(text.utf8.count) bytes; at most \(bytes) are allowed")
        return nil
    }

    // MARK: Links

    /// Reads whose link falls silent. Somebody supervises it, or nobody would be told.
    mutating func link(_ node: Node, beside fields: FileReader.Fields) -> Recipient? {
        for key in Self.entryKeys where !Self.besideLink.contains(key) {
            if let other = fields[key] {
                file.note(other, "'\(key)' is said of a report, and what falls silent reports nothing; leave it out")
            }
        }
        guard let target = file.target(node, "silent", in: directory) else { return nil }
        guard let recipient = directory.mailbox(target, at: nil) else {
            file.note(node, "'\(target)' has no place here; name one of the directory's, such as role@CODE")
            return nil
        }
        guard directory.supervised.contains(where: { $0.recipient == recipient }) else {
            file.note(
                node,
                "nobody supervises \(recipient), so nobody is told when it falls silent; say who with 'supervised-by' in the "
                    + "departments file")
            return nil
        }
        return recipient
    }
}
