/// The members of a report's `area` that the broker reads.
struct ReportArea {
    var grid: GridCode?
    var point: Point?
    var polygon: Polygon?
}

/// Reading of each kind of report field, with the refusals of wrong ones.
extension JSONNode {
    /// Checks a text that the broker passes on without looking at it.
    func checkText(_ field: String) throws(Refusal) {
        guard stringBytes == nil else { return }
        throw Refusal(self, as: field, mustBe: String.expectation)
    }

    /// Reads CAP's `identifier` or `sender`: 1 to 128 characters without spaces, control characters, commas, `<` and
    /// `&`.
    func name(_ field: String) throws(Refusal) -> String {
        let value = try text(field, characters: 1...Limits.nameCharacters)
        guard !(stringBytes?.contains(where: \.isForbiddenInName) ?? false) else {
            throw Refusal(member: field, "must not contain spaces, control characters, ',', '<' or '&'")
        }
        return value
    }

    func event(_ field: String) throws(Refusal) -> String {
        try text(field, characters: 1...Limits.eventCharacters)
    }

    private func text(_ field: String, characters: ClosedRange<Int>) throws(Refusal) -> String {
        let value: String = try read(as: field)
        guard value.hasCharacters(characters) else {
            throw Refusal(member: field, "must have \(characters.lowerBound) to \(characters.upperBound) characters")
        }
        return value
    }

    /// Reads CAP's `references`: one or more `sender,identifier,sent`, with spaces between.
    func references(_ field: String) throws(Refusal) -> String {
        let value: String = try read(as: field)
        let groups = value.split(separator: " ")
        let valid = groups.allSatisfy { group in
            let parts = group.split(separator: ",", omittingEmptySubsequences: false)
            return parts.count == 3 && !parts[0].isEmpty && !parts[1].isEmpty && Timestamp(String(parts[2])) != nil
        }
        guard !groups.isEmpty, valid else {
            throw Refusal(self, as: field, mustBe: "one or more sender,identifier,sent with spaces between")
        }
        guard groups.count <= Limits.references else {
            throw Refusal(
                member: field, "must name at most \(Limits.references) reports; it names \(groups.count)")
        }
        return value
    }

    /// Reads CAP's `incidents`: the names of happenings, with spaces between, and those that have spaces in quotes.
    func happenings(_ field: String) throws(Refusal) -> [String] {
        let value: String = try read(as: field)
        var (names, name, isQuoted): ([String], String, Bool) = ([], "", false)
        func end() {
            if (1...Limits.happeningBytes).contains(name.utf8.count), names.count < Limits.happenings,
                !names.contains(where: { $0.isIdentical(to: name) })
            {
                names.append(name)
            }
            name = ""
        }
        for letter in value {
            if letter == "\"" {
                isQuoted.toggle()
            } else if letter.isWhitespace, !isQuoted {
                end()
            } else {
                name.append(letter)
            }
        }
        end()
        return names
    }

    func namedValues(_ field: String) throws(Refusal) -> [Report.NamedValue] {
        try checkObject(field)
        var values: [Report.NamedValue] = []
        try forEachMember { (name, value) throws(Refusal) in
            guard values.count < Limits.namedValues else {
                throw Refusal(member: field, "must have at most \(Limits.namedValues) members")
            }
            let name = String(decoding: name, as: UTF8.self)
            values.append(.init(name: name, value: try value.read(as: "\(field).\(name.shortened)")))
        }
        return values
    }

    func area() throws(Refusal) -> ReportArea {
        try checkObject("area")
        var area = ReportArea()
        try forEachMember { (name, value) throws(Refusal) in
            if name.equals("grid") {
                area.grid = try value.read(as: "area.grid")
            } else if name.equals("areaDesc") {
                try value.checkText("area.areaDesc")
            } else if name.equals("point") {
                area.point = try value.read(as: "area.point")
            } else if name.equals("polygon") {
                area.polygon = try value.read(as: "area.polygon")
            }
        }
        return area
    }

    /// Checks one resource or a list of them.
    func checkResources() throws(Refusal) {
        guard kind == .array else { return try checkResource() }
        try forEachElement { (resource) throws(Refusal) in try resource.checkResource() }
    }

    private func checkResource() throws(Refusal) {
        try checkObject("resource")
        guard let uri = self["uri"] else { throw .isMissing("resource.uri") }
        try uri.checkText("resource.uri")
        try self["mimeType"]?.checkText("resource.mimeType")
        try self["digest"]?.checkText("resource.digest")
        if let size = self["size"], size.integer.map({ $0 < 0 }) ?? true {
            throw Refusal(size, as: "resource.size", mustBe: "a whole number of bytes, 0 or more")
        }
    }

    /// Requires an object that has each of its members once.
    private func checkObject(_ field: String) throws(Refusal) {
        guard kind == .object else { throw Refusal(self, as: field, mustBe: JSONNode.expectation) }
        try requireEachMemberOnce(field)
    }
}

extension UInt8 {
    /// True for control characters and for characters that CAP 1.2 does not allow in an identifier or a sender.
    fileprivate var isForbiddenInName: Bool {
        self <= 0x20 || self == 0x7f || self == UInt8(ascii: ",") || self == UInt8(ascii: "<")
            || self == UInt8(ascii: "&")
    }
}

extension String {
    /// True if the number of Unicode scalars is in the range. For most texts the number of bytes suffices.
    fileprivate func hasCharacters(_ range: ClosedRange<Int>) -> Bool {
        if utf8.count < range.lowerBound { return false }
        return utf8.count <= range.upperBound || range.contains(unicodeScalars.count)
    }

    /// This text, cut to a length that fits into a message.
    public var shortened: String { count <= 40 ? self : prefix(39) + "…" }
}
