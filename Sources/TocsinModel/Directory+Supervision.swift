extension Directory {
    /// A mailbox as a file names it, by itself or by the place of whoever is concerned.
    public enum Target: Hashable, Sendable, CustomStringConvertible {
        /// A department, or a role at a place that is named: `fire`, `leader@110101005`.
        case mailbox(Recipient)
        /// A role at the place of that size in which somebody else's place lies: `police@street`.
        case role(RoleName, PlaceLevel)

        /// The target as the file writes it.
        public var description: String {
            switch self {
            case .mailbox(let recipient): recipient.name
            case .role(let role, let level): "\(role)@\(level.rawValue)"
            }
        }
    }

    /// Returns the mailbox of a target for a place, or for what has none, such as a department. For that `role@district`
    /// is the role at the only district. Nil if there is no such mailbox.
    public func mailbox(_ target: Target, at place: GridCode?) -> Recipient? {
        let mailbox: Recipient?
        switch target {
        case .mailbox(let recipient): mailbox = recipient
        case .role(let role, let level):
            let code = place.map { $0.enclosing(level) } ?? (level == .district ? district : nil)
            mailbox = code.map { Recipient(role: role, at: $0) }
        }
        return mailbox.flatMap { contains($0) ? $0 : nil }
    }

    /// Every recipient whose entry has `supervised-by`, with whoever is told when its link is lost: the departments in
    /// the file's order, then the roles, each by its places.
    public var supervised: [(recipient: Recipient, supervisor: Recipient)] {
        var pairs: [(recipient: Recipient, supervisor: Recipient)] = []
        func add(_ recipient: Recipient, _ target: Target?) {
            guard let target, let supervisor = mailbox(target, at: recipient.place) else { return }
            pairs.append((recipient, supervisor))
        }
        for department in departments { add(department.name, department.supervisor) }
        for role in roles where role.supervisor != nil {
            for recipient in mailboxes(of: role) { add(recipient, role.supervisor) }
        }
        return pairs
    }

    /// The mailboxes of a role, in the order of their places.
    public func mailboxes(of role: Role) -> [Recipient] {
        places.keys.filter { role.levels.contains($0.level) }.sorted().map { Recipient(role: role.name, at: $0) }
    }
}
