/// What the broker reads of a report's `area`.
struct ReportArea {
    var grid: GridCode?
    var point: Point?
    var polygon: Polygon?
}

/// How each kind of report field is read and what is said when it is wrong.
extension JSONNode {
    func text(_ field: String) throws(Refusal) -> String {
        try checkText(field)
        return string ?? ""
    }

    /// A text that the broker passes on and does not look at.
    func checkText(_ field: String) throws(Refusal) {
        guard stringBytes == nil else { return }
        throw Refusal(.invalid, "\(field) is a JSON \(kind.rawValue); a string is expected.", field: field)
    }

    /// CAP's `identifier` and `sender`: 1 to 128 characters, none of them a space, a comma, `<` or `&`.
    func name(_ field: String) throws(Refusal) -> String {
        let value = try text(field)
        guard value.hasCharacters(1...Limits.nameCharacters) else {
            throw Refusal(.invalid, "\(field) must have 1 to \(Limits.nameCharacters) characters.", field: field)
        }
        guard !(stringBytes?.contains(where: \.isForbiddenInName) ?? false) else {
            throw Refusal(
                .invalid, "\(field) must not contain spaces, control characters, ',', '<' or '&'.", field: field)
        }
        return value
    }

    func event(_ field: String) throws(Refusal) -> String {
        let value = try text(field)
        guard value.hasCharacters(1...Limits.eventCharacters) else {
            throw Refusal(.invalid, "\(field) must have 1 to \(Limits.eventCharacters) characters.", field: field)
        }
        return value
    }

    func timestamp(_ field: String) throws(Refusal) -> Timestamp {
        if let time = stringBytes.flatMap({ Timestamp(utf8: $0) }) { return time }
        throw Refusal(
            .invalid,
            "\(field) '\(try text(field).shortened)' is not an RFC 3339 time with its offset, such as "
                + "2026-11-23T08:10:00+08:00.",
            field: field)
    }

    func word<Word: ReportWord>(_ field: String) throws(Refusal) -> Word {
        if let word = stringBytes.flatMap({ Word.table[$0] }) { return word }
        throw Refusal(
            .invalid, "\(field) '\(try text(field).shortened)' is not one of \(Word.words.joined(separator: ", ")).",
            field: field, allowed: Word.words)
    }

    /// CAP's `references`: one or more `sender,identifier,sent`, with spaces between.
    func references(_ field: String) throws(Refusal) -> String {
        let value = try text(field)
        let groups = value.split(separator: " ")
        let valid = groups.allSatisfy { group in
            let parts = group.split(separator: ",", omittingEmptySubsequences: false)
            return parts.count == 3 && !parts[0].isEmpty && !parts[1].isEmpty && Timestamp(String(parts[2])) != nil
        }
        guard !groups.isEmpty, valid else {
            throw Refusal(
                .invalid, "references must be one or more sender,identifier,sent with spaces between.", field: field)
        }
        return value
    }

    func namedValues(_ field: String) throws(Refusal) -> [Report.NamedValue] {
        try expect(.object, field)
        try requireEachMemberOnce(field)
        var values: [Report.NamedValue] = []
        try forEachMember { (name, value) throws(Refusal) in
            guard values.count < Limits.namedValues else {
                throw Refusal(.invalid, "\(field) must have at most \(Limits.namedValues) members.", field: field)
            }
            let name = String(decoding: name, as: UTF8.self)
            values.append(.init(name: name, value: try value.text("\(field).\(name.shortened)")))
        }
        return values
    }

    func area() throws(Refusal) -> ReportArea {
        try expect(.object, "area")
        try requireEachMemberOnce("area")
        var area = ReportArea()
        try forEachMember { (name, value) throws(Refusal) in
            if name.equals("grid") {
                area.grid = try value.gridCode("area.grid")
            } else if name.equals("areaDesc") {
                try value.checkText("area.areaDesc")
            } else if name.equals("point") {
                area.point = try value.point("area.point")
            } else if name.equals("polygon") {
                area.polygon = try value.polygon("area.polygon")
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
        try expect(.object, "resource")
        try requireEachMemberOnce("resource")
        guard let uri = self["uri"] else {
            throw Refusal(.invalid, "A resource must have a uri.", field: "resource.uri")
        }
        _ = try uri.text("resource.uri")
        _ = try self["mimeType"]?.text("resource.mimeType")
        _ = try self["digest"]?.text("resource.digest")
        if let size = self["size"], size.integer.map({ $0 < 0 }) ?? true {
            throw Refusal(.invalid, "resource.size must be a whole number of bytes, 0 or more.", field: "resource.size")
        }
    }

    private func gridCode(_ field: String) throws(Refusal) -> GridCode {
        if let grid = stringBytes.flatMap({ GridCode(utf8: $0) }) { return grid }
        throw Refusal(
            .invalid,
            "\(field) '\(try text(field).shortened)' is not a grid code: 15 digits, or 12, 9 or 6 for a larger place.",
            field: field)
    }

    /// `[latitude, longitude]`.
    private func point(_ field: String) throws(Refusal) -> Point {
        if let (latitude, longitude) = twoNumbers, let point = Point(latitude: latitude, longitude: longitude) {
            return point
        }
        throw Refusal(
            .invalid, "\(field) must be [latitude, longitude]: -90 to 90 and -180 to 180 degrees.", field: field)
    }

    /// A ring of points (CAP 1.2, `polygon`), each as ``point(_:)`` reads it.
    private func polygon(_ field: String) throws(Refusal) -> Polygon {
        var points: [Point] = []
        var hasRoom = kind == .array
        try forEachElement { (element) throws(Refusal) in
            // What is beyond the limit is not kept.
            hasRoom = hasRoom && points.count < Limits.polygonPoints
            if hasRoom { points.append(try element.point(field)) }
        }
        if hasRoom, let polygon = Polygon(points) { return polygon }
        throw Refusal(
            .invalid,
            "\(field) must be an array of 4 to \(Limits.polygonPoints) points [latitude, longitude], the last the same "
                + "as the first.",
            field: field)
    }

    private func expect(_ wanted: Kind, _ field: String) throws(Refusal) {
        guard kind == wanted else {
            throw Refusal(
                .invalid, "\(field) is a JSON \(kind.rawValue); an \(wanted.rawValue) is expected.", field: field)
        }
    }
}

extension UInt8 {
    /// What CAP 1.2 does not allow in an identifier or a sender, and control characters.
    fileprivate var isForbiddenInName: Bool {
        self <= 0x20 || self == 0x7f || self == UInt8(ascii: ",") || self == UInt8(ascii: "<")
            || self == UInt8(ascii: "&")
    }
}

extension String {
    /// Whether it has so many Unicode scalars; most texts are so short that their bytes tell.
    fileprivate func hasCharacters(_ range: ClosedRange<Int>) -> Bool {
        if utf8.count < range.lowerBound { return false }
        return utf8.count <= range.upperBound || range.contains(unicodeScalars.count)
    }

    /// This text, cut to what fits into a message.
    public var shortened: String { count <= 40 ? self : prefix(39) + "…" }
}
