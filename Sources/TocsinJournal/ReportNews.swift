public import TocsinModel

/// What an Update or a Cancel is news of: the incidents that its references led to, and the references that led to none.
/// An Alert that has joined an incident of the same happening is news of that.
///
/// An incident here is always the root of its chain. The record of an Update that is referred to names the root itself, so
/// a chain of any length is never walked.
public struct ReportNews: Hashable, Sendable {
    /// An incident that the report is news of.
    public struct Root: Hashable, Sendable {
        public var incident: IncidentNumber
        /// The sender of that incident's own report. A Cancel ends only what the same sender has reported.
        public var sender: String

        public init(_ incident: IncidentNumber, sender: String) {
            self.incident = incident
            self.sender = sender
        }

        public static func == (left: Root, right: Root) -> Bool {
            left.incident == right.incident && left.sender.isIdentical(to: right.sender)
        }

        public func hash(into hasher: inout Hasher) {
            hasher.combine(incident)
        }
    }

    /// A reference that led to no incident.
    public struct Astray: Hashable, Sendable {
        public var name: ReportName
        public var reason: Reason

        public init(_ name: ReportName, _ reason: Reason) {
            self.name = name
            self.reason = reason
        }
    }

    /// Why a reference led to no incident.
    public enum Reason: String, ReportWord {
        public static let table = WordTable(Reason.self)

        /// No report of that name has ever been stored, or it is gone.
        case unknown
        /// A Cancel of what another sender has reported: nobody ends what somebody else has seen.
        case otherSender
        /// The two have different status: an exercise says nothing of what is so, and the other way round.
        case otherStatus
        /// The report is news of as many incidents as it can be.
        case tooMany

        /// The reason for people.
        public var words: String {
            switch self {
            case .unknown: "no report of that name is stored"
            case .otherSender: "a report of another sender, which a Cancel does not end"
            case .otherStatus: "a report of another status"
            case .tooMany: "one more incident than a report can be news of"
            }
        }
    }

    /// Update or Cancel, or Alert for a report that has joined an incident.
    public var type: MessageType
    /// The incidents, each once, in the order of the references. Empty if none led anywhere: then the report is an
    /// incident like any other.
    public var roots: [Root]
    public var astray: [Astray]
    /// True if the severity is above all that some of these incidents was told with. Then it rings.
    public var isRaised: Bool
    /// The reports of the happening by then, the first one and this one included, for one that has joined its incident.
    public var joined: Int?

    public init(
        _ type: MessageType, roots: [Root], astray: [Astray] = [], isRaised: Bool = false, joined: Int? = nil
    ) {
        self.type = type
        self.roots = roots
        self.astray = astray
        self.isRaised = isRaised
        self.joined = joined
    }

    /// The incident that an Alert has joined, and the count.
    public var joinedReport: JoinedReport? {
        guard let joined, let root = roots.first else { return nil }
        return JoinedReport(root.incident, count: joined)
    }

    /// Returns true if it is news of this incident.
    public func isOf(_ incident: IncidentNumber) -> Bool { roots.contains { $0.incident == incident } }

    /// Writes what receipts, INCIDENT and INCIDENTS say of it, as members:
    ///
    ///     "updates":[12]     or "cancels":[12]; missing where the report is news of none
    ///     "joined":100       missing where it has not joined that incident; the reports of the happening by then
    ///     "raised":true      missing where the severity has not risen
    ///     "astray":[{"sender":"phone","identifier":"r-9","reason":"unknown"}]     missing where there is none
    public func writeMembers(to json: inout JSONWriter) {
        if !roots.isEmpty {
            json.array(type == .cancel ? "cancels" : "updates") { json in
                for root in roots { json.integer(root.incident.value) }
            }
        }
        json.member("joined", ifPresent: joined.map { Int64($0) })
        if isRaised { json.member("raised", true) }
        guard !astray.isEmpty else { return }
        json.array("astray") { json in
            for one in astray {
                json.object { json in
                    json.member("sender", one.name.sender)
                    json.member("identifier", one.name.identifier)
                    json.member("reason", one.reason)
                }
            }
        }
    }
}

// In an incident's body, beside its other members:
//
//     "message": "Update", "updates": [[12, "handheld-7"]], "raised": true, "astray": [["phone", "r-9", "unknown"]]
extension ReportNews {
    func writeBody(to json: inout JSONWriter) {
        json.member("message", type)
        if !roots.isEmpty {
            json.array("updates") { json in
                for root in roots {
                    json.array { json in
                        json.integer(root.incident.value)
                        json.string(root.sender)
                    }
                }
            }
        }
        json.member("joined", ifPresent: joined.map { Int64($0) })
        if isRaised { json.member("raised", true) }
        guard !astray.isEmpty else { return }
        json.array("astray") { json in
            for one in astray {
                json.array { json in
                    json.string(one.name.sender)
                    json.string(one.name.identifier)
                    json.string(one.reason.rawValue)
                }
            }
        }
    }

    /// Reads the members of an incident's body. Nil for an Alert that has joined none, and for what an earlier version wrote.
    init?(body json: JSONNode) throws(Refusal) {
        guard let type: MessageType = try json.member(ifPresent: "message") else { return nil }
        let roots: [Root] =
            json["updates"] == nil
            ? []
            : try json.elements("updates") { (root) throws(Refusal) in
                let parts = root.elements
                guard parts.count == 2, let number = parts[0].integer.flatMap(IncidentNumber.init(exactly:)) else {
                    throw Refusal(root, as: "updates", mustBe: "[incident, sender]")
                }
                return Root(number, sender: try parts[1].read(as: "updates"))
            }
        let astray: [Astray] =
            json["astray"] == nil
            ? []
            : try json.elements("astray") { (one) throws(Refusal) in
                let parts = one.elements
                guard parts.count == 3 else {
                    throw Refusal(one, as: "astray", mustBe: "[sender, identifier, reason]")
                }
                return Astray(
                    ReportName(
                        sender: try parts[0].read(as: "astray"), identifier: try parts[1].read(as: "astray")),
                    try parts[2].read(as: "astray"))
            }
        let joined: Int64? = try json.member(ifPresent: "joined")
        self.init(
            type, roots: roots, astray: astray, isRaised: try json.member(ifPresent: "raised") ?? false,
            joined: joined.map { Int(clamping: $0) })
    }
}
