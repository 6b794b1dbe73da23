public import TocsinModel
public import TocsinRouting
import Yams

extension ClientList {
    /// Reads the clients file.
    ///
    ///     clients:
    ///       - name: handheld-7
    ///         key: "…40 characters of Z85…"
    ///         report: { as: [handheld-7, "grid-officer-*"], within: ["110101005"], rate: 20/s }
    ///         until: 2027-06-30
    ///         heartbeat: 60s
    ///         supervised-by: leader@district
    ///       - name: fire-desk
    ///         key: …
    ///         join: [fire, "firefighter@*"]
    ///         feed: [alert/fire/, incident/Fire/]
    ///
    /// - Parameters:
    ///   - yaml: the file's text.
    ///   - file: what problems call the file.
    ///   - directory: the recipients and places that there are.
    ///   - now: the time at which the `until` of a new or changed client must not be over yet; nil to take those as they
    ///     are.
    ///   - inForce: the clients in force. One of them may have ended meanwhile, and stay in the file as it is.
    /// - Throws: every problem of the file: syntax, unknown keys, keys and names that are there twice, recipients and
    ///   places that do not exist, clients that may do nothing, a heartbeat without a supervisor.
    public init(
        yaml: String, file: String, directory: Directory, now: Timestamp?, inForce: ClientList = .empty
    ) throws(FileProblems) {
        var reader = ClientListReader(
            file: FileReader(file: file), directory: directory, now: now, inForce: inForce)
        let principals = reader.read(yaml)
        let problems = reader.file.inOrder
        guard problems.isEmpty else { throw FileProblems(problems) }
        self.init(principals)
    }
}

/// Reads the entries of a clients file.
private struct ClientListReader {
    var file: FileReader
    let directory: Directory
    let now: Timestamp?
    let inForce: ClientList

    private static let keys = [
        "name", "key", "report", "join", "feed", "operate", "until", "heartbeat", "supervised-by",
    ]

    mutating func read(_ yaml: String) -> [Principal] {
        guard let root = file.compose(yaml),
            let fields = file.fields(of: root, "the clients file", keys: ["clients"]),
            let list = file.required("clients", in: fields)
        else { return [] }
        // `clients:` with nothing after it is a file in which nobody is named yet.
        if let scalar = list.scalar, scalar.string.isEmpty || scalar.string == "~" || scalar.string == "null" {
            return []
        }
        var principals: [Principal] = []
        var lines: (names: [PrincipalName: Int], keys: [PublicKey: PrincipalName]) = ([:], [:])
        for node in file.sequence(of: list, "clients") ?? [] {
            guard let principal = principal(node) else { continue }
            if let line = lines.names[principal.name] {
                file.note(
                    node,
                    "the client '\(principal.name)' is there already, in line \(line); each name may be there once")
            } else if let other = lines.keys[principal.key] {
                file.note(
                    node,
                    "'\(principal.name)' has the same key as '\(other)'; each needs its own: tocsin keys make \(principal.name)"
                )
            } else {
                principals.append(principal)
                lines.names[principal.name] = principal.line
                lines.keys[principal.key] = principal.name
            }
        }
        return principals
    }

    private mutating func principal(_ node: Node) -> Principal? {
        let before = file.problems.count
        guard let fields = file.fields(of: node, "a client", keys: Self.keys) else { return nil }
        let name = file.required("name", in: fields).flatMap { clientName($0) }
        let key = file.required("key", in: fields).flatMap { publicKey($0) }
        var rights = Rights()
        if let node = fields["report"] { rights.report = report(node) }
        if let node = fields["join"] { rights.join = choice(node, "join") { $0.recipients($1) } }
        if let node = fields["feed"] { rights.feed = choice(node, "feed") { $0.topic($1) } }
        if let node = fields["operate"] { rights.operate = file.word(of: node, "operate", "a right to operate") }
        let until = fields["until"].flatMap { end($0) }
        if let node = fields["heartbeat"], file.problems.count == before, !rights.isEmpty, !rights.areHeard {
            file.note(
                node,
                "heartbeat needs report, join or operate: a subscriber of the feed says nothing by which it could be heard"
            )
        }
        let supervision = supervision(fields)
        if rights.isEmpty, file.problems.count == before {
            file.note(
                node,
                "'\(name?.text ?? "this client")' may do nothing; give it report, join, feed or operate, or remove it")
        }
        guard let name, let key else { return nil }
        let principal = Principal(
            name: name, key: key, rights: rights, until: until, supervision: supervision, line: node.mark?.line ?? 1)
        if let now, !principal.isIn(at: now), let node = fields["until"],
            !(inForce.principal(with: key)?.isSame(as: principal) ?? false)
        {
            file.note(node, "\(node.scalar?.string ?? "") is over; remove the client, or give it a later day")
        }
        return principal
    }

    /// Reads `heartbeat` and `supervised-by`, of which none is worth anything without the other.
    private mutating func supervision(_ fields: FileReader.Fields) -> Principal.Supervision? {
        let least = Principal.Supervision.shortestHeartbeat
        let heartbeat = fields["heartbeat"].flatMap { file.duration(of: $0, "heartbeat", atLeast: least) }
        let supervisor = fields["supervised-by"].flatMap { file.supervisor($0, in: directory) }
        switch (fields["heartbeat"], fields["supervised-by"]) {
        case (let node?, nil): file.note(node, "heartbeat needs 'supervised-by': somebody must be told of silence")
        case (nil, let node?):
            file.note(node, "supervised-by needs 'heartbeat': how often the client is heard, such as 60s")
        case (nil, nil), (.some, .some): break
        }
        guard let heartbeat, let supervisor else { return nil }
        return Principal.Supervision(heartbeat: heartbeat, supervisor: supervisor)
    }

    private mutating func clientName(_ node: Node) -> PrincipalName? {
        guard let text = file.text(of: node, "the name of a client") else { return nil }
        if let name = PrincipalName(client: text) { return name }
        file.note(
            node,
            "\(Suggestion.quoted(text)) is not the name of a client; valid are 1 to \(Limits.principalBytes) letters, "
                + "digits, '.', '-' and '_', a letter or digit first")
        return nil
    }

    private mutating func publicKey(_ node: Node) -> PublicKey? {
        guard let text = file.text(of: node, "key") else { return nil }
        if let key = PublicKey(z85: text) { return key }
        let fault =
            text.utf8.count == PublicKey.textCount
            ? "has characters that Z85 does not have" : "has \(text.count) characters"
        // What is no public key may be a secret, and is not repeated.
        file.note(
            node,
            "this key \(fault); a public key is 40 characters of Z85 in double quotes, as 'tocsin keys show' prints it")
        return nil
    }

    private mutating func report(_ node: Node) -> Rights.Report? {
        if node.scalar?.string == "all" { return Rights.Report() }
        guard node.mapping != nil else {
            file.note(node, "report must be all, or a mapping with as, within and rate")
            return nil
        }
        guard let fields = file.fields(of: node, "report", keys: ["as", "within", "rate"]) else { return nil }
        var report = Rights.Report()
        if let senders = file.required("as", in: fields) {
            report.senders = choice(senders, "as") { reader, node in
                reader.file.text(of: node, "a sender").map(SenderPattern.init)
            }
        }
        if let within = fields["within"] {
            report.within = file.oneOrMore(within, "within").compactMap { place($0) }
        }
        if let node = fields["rate"], let text = file.text(of: node, "rate") {
            report.rate = Rate(text)
            if report.rate == nil {
                file.note(
                    node,
                    "\(Suggestion.quoted(text)) is not a rate; valid are 1/s to 1000000/s, with s, m or h: 20/s, 90/m")
            }
        }
        return report
    }

    private mutating func place(_ node: Node) -> GridCode? {
        guard let text = file.text(of: node, "within") else { return nil }
        guard let code = GridCode(text) else {
            file.note(node, Suggestion.notAGridCode(text))
            return nil
        }
        if !directory.places.isEmpty, directory.places[code] == nil {
            let valid = directory.places.keys.filter { $0.level == code.level }.map(\.description).sorted()
            file.note(node, Suggestion.message(text, isNot: "a \(code.level.rawValue)", valid: valid))
        }
        return code
    }

    private mutating func recipients(_ node: Node) -> RecipientPattern? {
        guard let text = file.text(of: node, "a recipient") else { return nil }
        guard let pattern = RecipientPattern(text) else {
            file.note(
                node,
                "\(Suggestion.quoted(text)) is not a recipient; valid are a department (fire), a role's mailbox "
                    + "(police@110101005), a role at every place (\"police@*\"), and all in place of the list")
            return nil
        }
        switch pattern {
        case .mailbox(let recipient):
            if !directory.contains(recipient) { file.note(node, directory.problem(of: recipient)) }
        case .role(let name):
            if directory.role(name) == nil {
                file.note(
                    node, Suggestion.message(name.name, isNot: "a role", valid: directory.roles.map(\.name.name)))
            }
        }
        return pattern
    }

    private mutating func topic(_ node: Node) -> String? {
        guard let text = file.text(of: node, "a topic") else { return nil }
        if let problem = directory.problem(ofTopicsBeginning: text) { file.note(node, problem) }
        return text
    }

    /// Reads `all`, or a list of what `read` reads.
    private mutating func choice<Element>(
        _ node: Node, _ what: String, _ read: (inout Self, Node) -> Element?
    ) -> Rights.Choice<Element> {
        if node.scalar?.string == "all" { return .all }
        var elements: [Element] = []
        for node in file.oneOrMore(node, what) {
            if let element = read(&self, node) { elements.append(element) }
        }
        return .only(elements)
    }

    private mutating func end(_ node: Node) -> Timestamp? {
        guard let text = file.text(of: node, "until") else { return nil }
        if let end = Timestamp(text) ?? LocalDay(text)?.end { return end }
        file.note(
            node,
            "\(Suggestion.quoted(text)) is not a day; valid are days such as 2027-06-30, whose whole day still counts, "
                + "and times such as 2027-06-30T18:00:00+08:00")
        return nil
    }
}
