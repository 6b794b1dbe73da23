public import TocsinModel
import Yams

extension Directory {
    /// Reads a directory from the text of two YAML files.
    ///
    ///     departments:
    ///       - { name: fire, zh: 消防救援支队, en: Fire and Rescue Detachment, supervised-by: leader@district }
    ///     roles:
    ///       - { name: leader, at: [district, street], zh: 值班领导, en: Duty Leader, may-subscribe: information }
    ///
    ///     places:
    ///       "110101": 东城区
    ///       "110101001": { name: 东华门街道, polygon: [[39.90, 116.39], [39.90, 116.42], [39.93, 116.42]] }
    ///
    /// - Parameters:
    ///   - departments: the text of the first file; `roles` may be left out.
    ///   - departmentsFile: what problems call that file.
    ///   - grids: the text of the second file; nil for a directory without places.
    ///   - gridsFile: what problems call that file.
    /// - Throws: every problem of both files: syntax, unknown keys, repeated names, empty titles, places whose larger
    ///   place is missing, borders that are none, and supervisors that do not exist.
    public init(
        departments: String, departmentsFile: String, grids: String?, gridsFile: String
    ) throws(FileProblems) {
        var names = DirectoryReader(file: departmentsFile)
        var (departments, roles) = names.readDepartments(departments)
        var ground = DirectoryReader(file: gridsFile)
        let (places, borders) = grids.map { ground.readPlaces($0) } ?? ([:], [])
        names.readSupervisors(of: &departments, &roles, places: places)
        let problems = names.file.inOrder + ground.file.inOrder
        guard problems.isEmpty else { throw FileProblems(problems) }
        self.init(departments: departments, roles: roles, places: places, borders: BorderIndex(borders))
    }
}

/// Reads one file of a directory.
private struct DirectoryReader {
    /// What departments and roles may have.
    private static let optionalKeys = ["supervised-by", "may-subscribe"]

    var file: FileReader
    /// The values of `supervised-by`. They are read when everybody who may supervise is known.
    private var supervisors: (departments: [Recipient: Node], roles: [RoleName: Node]) = ([:], [:])

    init(file: String) {
        self.file = FileReader(file: file)
    }

    mutating func readDepartments(_ yaml: String) -> (departments: [Directory.Department], roles: [Directory.Role]) {
        guard let root = file.compose(yaml),
            let fields = file.fields(of: root, "the department file", keys: ["departments", "roles"])
        else { return ([], []) }
        var departments: [Directory.Department] = []
        var departmentNames: Set<Recipient> = []
        if let list = file.required("departments", in: fields) {
            for node in file.sequence(of: list, "departments") ?? [] {
                guard let department = department(node) else { continue }
                if departmentNames.insert(department.name).inserted {
                    departments.append(department)
                } else {
                    file.note(node, "the department '\(department.name)' is there twice; each name may be there once")
                }
            }
        }
        var roles: [Directory.Role] = []
        var roleNames: Set<RoleName> = []
        if let list = fields["roles"] {
            for node in file.sequence(of: list, "roles") ?? [] {
                guard let role = role(node) else { continue }
                if roleNames.insert(role.name).inserted {
                    roles.append(role)
                } else {
                    file.note(node, "the role '\(role.name)' is there twice; each name may be there once")
                }
            }
        }
        return (departments, roles)
    }

    /// Reads the places, and those with borders in the file's order.
    mutating func readPlaces(
        _ yaml: String
    ) -> (names: [GridCode: String], borders: [(place: GridCode, border: Border)]) {
        guard let root = file.compose(yaml),
            let fields = file.fields(of: root, "the grid file", keys: ["places"]),
            let node = file.required("places", in: fields)
        else { return ([:], []) }
        guard let mapping = node.mapping else {
            file.note(node, "places must be a mapping of grid codes to names")
            return ([:], [])
        }
        var places: [GridCode: String] = [:]
        var borders: [(place: GridCode, border: Border)] = []
        var points = 0
        var keys: [(code: GridCode, node: Node)] = []
        for (key, value) in mapping {
            guard let text = file.text(of: key, "a grid code") else { continue }
            guard let code = GridCode(text) else {
                file.note(key, Suggestion.notAGridCode(text))
                continue
            }
            keys.append((code, key))
            // A missing name is a problem of its own; the place counts as present.
            let (name, border) = place(value, code)
            places[code] = name ?? ""
            guard let border else { continue }
            borders.append((code, border))
            points += border.pointCount
            if points > Limits.borderPoints, points - border.pointCount <= Limits.borderPoints {
                file.note(
                    value, "with this all polygons have more than \(Limits.borderPoints) points; draw them with fewer")
            }
        }
        for (code, key) in keys {
            guard let larger = code.level.nextLarger.flatMap(code.enclosing), places[larger] == nil else { continue }
            file.note(key, "\(code) lies in \(larger), which is missing; name that place too")
        }
        return (places, borders)
    }

    /// Reads a place's name, or its name and its border.
    private mutating func place(_ node: Node, _ code: GridCode) -> (name: String?, border: Border?) {
        guard node.mapping != nil else { return (file.text(of: node, "the name of \(code)"), nil) }
        guard let fields = file.fields(of: node, "a place", keys: ["name", "polygon"]) else { return (nil, nil) }
        let name = file.required("name", in: fields).flatMap { file.text(of: $0, "the name of \(code)") }
        return (name, fields["polygon"].flatMap { file.border(of: $0, "the polygon of \(code)") })
    }

    /// Reads who supervises whom.
    mutating func readSupervisors(
        of departments: inout [Directory.Department], _ roles: inout [Directory.Role], places: [GridCode: String]
    ) {
        guard !supervisors.departments.isEmpty || !supervisors.roles.isEmpty else { return }
        let directory = Directory(departments: departments, roles: roles, places: places)
        for index in departments.indices {
            guard let node = supervisors.departments[departments[index].name] else { continue }
            departments[index].supervisor = file.supervisor(node, of: [departments[index].name], in: directory)
        }
        for index in roles.indices {
            guard let node = supervisors.roles[roles[index].name] else { continue }
            let mailboxes = directory.mailboxes(of: roles[index])
            roles[index].supervisor = file.supervisor(node, of: mailboxes, in: directory)
        }
    }

    private mutating func department(_ node: Node) -> Directory.Department? {
        guard let fields = file.fields(of: node, "a department", keys: ["name", "zh", "en"] + Self.optionalKeys) else {
            return nil
        }
        let title = title(fields)
        let maySubscribe = maySubscribe(fields)
        guard let nameNode = file.required("name", in: fields),
            let text = file.text(of: nameNode, "the name of a department")
        else { return nil }
        guard let name = Recipient(text), !text.utf8.contains(UInt8(ascii: "@")) else {
            file.note(nameNode, notAName(text, "department", bytes: Limits.recipientBytes))
            return nil
        }
        supervisors.departments[name] = fields["supervised-by"]
        return title.map { Directory.Department(name: name, title: $0, maySubscribe: maySubscribe) }
    }

    private mutating func role(_ node: Node) -> Directory.Role? {
        guard let fields = file.fields(of: node, "a role", keys: ["name", "at", "zh", "en"] + Self.optionalKeys) else {
            return nil
        }
        let title = title(fields)
        let maySubscribe = maySubscribe(fields)
        var levels: Set<PlaceLevel> = []
        if let at = file.required("at", in: fields) {
            for node in file.oneOrMore(at, "at") {
                guard let level: PlaceLevel = file.word(of: node, "at", "a size of place") else { continue }
                if !levels.insert(level).inserted { file.note(node, "'\(level.rawValue)' is there twice") }
            }
        }
        guard let nameNode = file.required("name", in: fields), let text = file.text(of: nameNode, "the name of a role")
        else { return nil }
        guard let name = RoleName(text) else {
            // A role's mailbox has @ and up to 15 digits after the name.
            file.note(nameNode, notAName(text, "role", bytes: Limits.recipientBytes - 16))
            return nil
        }
        supervisors.roles[name] = fields["supervised-by"]
        return title.map { Directory.Role(name: name, levels: levels, title: $0, maySubscribe: maySubscribe) }
    }

    private mutating func maySubscribe(_ fields: FileReader.Fields) -> Purpose? {
        fields["may-subscribe"].flatMap { file.word(of: $0, "may-subscribe", "a purpose of subscriptions") }
    }

    private mutating func title(_ fields: FileReader.Fields) -> Title? {
        let chinese = file.required("zh", in: fields).flatMap { file.text(of: $0, "zh") }
        let english = file.required("en", in: fields).flatMap { file.text(of: $0, "en") }
        guard let chinese, let english else { return nil }
        return Title(chinese: chinese, english: english)
    }

    private func notAName(_ text: String, _ kind: String, bytes: Int) -> String {
        "\(Suggestion.quoted(text)) is not the name of a \(kind); valid are 1 to \(bytes) lower-case letters, "
            + "digits and hyphens, no hyphen first"
    }
}

extension PlaceLevel {
    /// The next larger size of place; nil for a district.
    var nextLarger: PlaceLevel? {
        switch self {
        case .district: nil
        case .street: .district
        case .community: .street
        case .grid: .community
        }
    }
}
