/// A name for people, in the two languages of the house.
public struct Title: Hashable, Sendable {
    public var chinese: String
    public var english: String

    public init(chinese: String, english: String) {
        self.chinese = chinese
        self.english = english
    }
}

/// The recipients that can be addressed: the departments, the places, and the roles that each size of place has.
///
/// A mailbox exists if the directory knows it: `fire` as a department, `police@110101005` as a role that streets have
/// at a street that exists.
public struct Directory: Sendable {
    /// A department and its titles.
    public struct Department: Hashable, Sendable {
        public var name: Recipient
        public var title: Title
        /// Whoever is told when none of its terminals is heard any more; nil for nobody.
        public var supervisor: Target?
        /// What it may subscribe to reports for; nil if it may not. Whoever may for action may for information.
        public var maySubscribe: Purpose?

        public init(name: Recipient, title: Title, supervisor: Target? = nil, maySubscribe: Purpose? = nil) {
            self.name = name
            self.title = title
            self.supervisor = supervisor
            self.maySubscribe = maySubscribe
        }
    }

    /// A role, the sizes of place that have it, and its titles.
    public struct Role: Hashable, Sendable {
        public var name: RoleName
        public var levels: Set<PlaceLevel>
        public var title: Title
        /// Whoever is told when none of a mailbox's terminals is heard any more; nil for nobody.
        public var supervisor: Target?
        /// What its mailboxes may subscribe to reports for; nil if they may not.
        public var maySubscribe: Purpose?

        public init(
            name: RoleName, levels: Set<PlaceLevel>, title: Title, supervisor: Target? = nil,
            maySubscribe: Purpose? = nil
        ) {
            self.name = name
            self.levels = levels
            self.title = title
            self.supervisor = supervisor
            self.maySubscribe = maySubscribe
        }
    }

    /// The departments in the file's order.
    public let departments: [Department]
    /// The roles in the file's order.
    public let roles: [Role]
    /// The name of each place.
    public let places: [GridCode: String]
    /// The places whose borders are known. The place of a report that has a point alone is found by them.
    public let borders: BorderIndex

    private let departmentByName: [Recipient: Department]
    private let roleByName: [RoleName: Role]
    private let onlyDistrict: GridCode?

    public init(
        departments: [Department], roles: [Role], places: [GridCode: String], borders: BorderIndex = .empty
    ) {
        self.departments = departments
        self.roles = roles
        self.places = places
        self.borders = borders
        departmentByName = Dictionary(departments.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        roleByName = Dictionary(roles.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let districts = places.keys.filter { $0.level == .district }
        onlyDistrict = districts.count == 1 ? districts.first : nil
    }

    /// True if the mailbox exists.
    public func contains(_ recipient: Recipient) -> Bool {
        guard let place = recipient.place else { return departmentByName[recipient] != nil }
        guard places[place] != nil, let role = RoleName(recipient.word) else { return false }
        return roleByName[role]?.levels.contains(place.level) ?? false
    }

    /// Returns what a mailbox may subscribe to reports for; nil if it may not, or does not exist.
    public func maySubscribe(_ recipient: Recipient) -> Purpose? {
        guard recipient.place != nil else { return departmentByName[recipient]?.maySubscribe }
        guard contains(recipient) else { return nil }
        return RoleName(recipient.word).flatMap { roleByName[$0]?.maySubscribe }
    }

    public func department(_ name: Recipient) -> Department? { departmentByName[name] }

    public func role(_ name: RoleName) -> Role? { roleByName[name] }

    /// The district, if the directory has exactly one. `@district` stands for it where a report has no grid code.
    public var district: GridCode? { onlyDistrict }

    /// The number of mailboxes.
    public var mailboxCount: Int {
        var placesByLevel: [PlaceLevel: Int] = [:]
        for place in places.keys { placesByLevel[place.level, default: 0] += 1 }
        return departments.count
            + roles.reduce(0) { $0 + $1.levels.reduce(0) { $0 + placesByLevel[$1, default: 0] } }
    }

    /// Returns a mailbox's title; nil if the mailbox does not exist.
    public func title(of recipient: Recipient) -> Title? {
        guard let place = recipient.place else { return departmentByName[recipient]?.title }
        guard contains(recipient), let role = RoleName(recipient.word).flatMap({ roleByName[$0] }),
            let name = places[place]
        else { return nil }
        return Title(chinese: name + role.title.chinese, english: "\(role.title.english), \(name)")
    }
}
