import TocsinClient
import TocsinModel
import TocsinRouting
import TocsinWire

/// What a drill speaks of and a broker's directory does not have: the first of it, in order.
struct UnknownToBroker: Hashable, Sendable {
    /// How many of each are looked for. People do not look through more.
    private static let named = 20
    /// Places in one question.
    private static let askedAtOnce = 100

    var recipients: [Recipient] = []
    var places: [GridCode] = []

    var isEmpty: Bool { recipients.isEmpty && places.isEmpty }

    init(recipients: [Recipient], places: [GridCode]) {
        (self.recipients, self.places) = (recipients, places)
    }

    /// Asks the broker, with questions that change nothing.
    ///
    /// - Parameters:
    ///   - drill: The drill.
    ///   - control: The broker.
    ///   - within: The longest wait for each answer.
    /// - Throws: A ``TocsinClient/ClientError``; `CancellationError`.
    init(of drill: Drill, at control: Operator, within: Duration) async throws {
        for recipient in drill.recipients where recipients.count < Self.named {
            let question = makeJSON { $0.member("recipient", recipient) }
            do {
                _ = try await control.request(.subscriptions, arguments: question, within: within)
            } catch ClientError.refused(let refusal) where refusal.code == .unknownRecipient {
                recipients.append(recipient)
            }
        }
        let all = drill.places
        guard !all.isEmpty else { return }
        let info = try await control.request(.info, within: within)
        let known: Int64 = try readAnswer(info) { (json) throws(Refusal) in
            try (json.member("directory") as JSONNode).member("places")
        }
        // Where a broker has no places it takes any in a condition.
        guard known > 0 else {
            places = Array(all.prefix(Self.named))
            return
        }
        var left = all[...]
        while !left.isEmpty, places.count < Self.named {
            let asked = left.prefix(Self.askedAtOnce)
            let unknown = try await Self.firstUnknown(asked, at: control, within: within)
            if let unknown { places.append(asked[unknown]) }
            left = left[(unknown.map { $0 + 1 } ?? asked.endIndex)...]
        }
    }

    /// Asks what a silence of these places would have kept still. Its conditions are read before anything is looked for, and
    /// the refusal names the first place that is wrong.
    ///
    /// - Returns: The index of the first place that the broker does not have; nil where it has all.
    private static func firstUnknown(
        _ places: ArraySlice<GridCode>, at control: Operator, within: Duration
    ) async throws -> Int? {
        let question = makeJSON { json in
            json.object("preview") { json in
                json.object("when") { json in
                    json.array("within") { json in
                        for place in places { json.string(place.description) }
                    }
                }
            }
        }
        do {
            _ = try await control.request(.silences, arguments: question, within: within)
            return nil
        } catch let error as ClientError {
            let beginning = "when.within["
            guard case .refused(let refusal) = error, refusal.code == .invalid, let field = refusal.field,
                field.hasPrefix(beginning), field.hasSuffix("]"),
                let offset = Int(field.dropFirst(beginning.count).dropLast()),
                places.indices.contains(places.startIndex + offset)
            else { throw error }
            return places.startIndex + offset
        }
    }

    /// Returns the failure of a drill that the broker cannot play, with a line for each kind of what it does not have.
    ///
    /// - Parameters:
    ///   - drill: The drill's file.
    ///   - endpoint: Where the broker was asked.
    ///   - configuration: The configuration that goes with the drill; nil where none is known.
    func failure(of drill: String, at endpoint: String, configuration: String?) -> Failure {
        func line(_ what: String, _ names: [String]) -> [String] {
            guard !names.isEmpty else { return [] }
            let rest = names.count == Self.named ? ", and perhaps more" : ""
            return ["it has no \(what) \(names.joined(separator: ", "))\(rest)"]
        }
        let advice =
            configuration.map {
                "start it with the drill's configuration, 'tocsind --config \($0)'; if it was, 'tocsin reload' has it read "
                    + "the files again"
            } ?? "start it with the departments and grids that the drill is checked against"
        let lines =
            ["the broker at \(endpoint) has another directory than this drill, so nothing was sent"]
            + line("recipient", recipients.map(\.name)) + line("place", places.map(\.description)) + [advice]
        return Failure(.invalid, lines.map { "\(drill): \($0)" }.joined(separator: "\n"))
    }
}
