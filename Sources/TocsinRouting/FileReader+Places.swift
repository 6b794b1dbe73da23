import TocsinModel
import Yams

/// Reading points, circles and borders.
extension FileReader {
    /// Reads `{ point: [39.93, 116.42], radius: 500m }`.
    mutating func circle(of node: Node, _ what: String) -> Circle? {
        guard let fields = fields(of: node, what, keys: ["point", "radius"]) else { return nil }
        let center = required("point", in: fields).flatMap { point(of: $0, "point") }
        let radius = required("radius", in: fields).flatMap { self.radius(of: $0) }
        guard let center, let radius else { return nil }
        return Circle(center: center, radius: radius)
    }

    /// Reads a radius in metres: `500m`, `1.5km`.
    private mutating func radius(of node: Node) -> Double? {
        guard let text = text(of: node, "radius") else { return nil }
        let unit = text.hasSuffix("km") ? ("km", 1000.0) : ("m", 1.0)
        if text.hasSuffix(unit.0), let number = Self.decimal(text.dropLast(unit.0.count)) {
            let metres = number * unit.1
            if metres > 0, metres <= Circle.longestRadius { return metres }
        }
        note(
            node,
            "\(Suggestion.quoted(text)) is not a radius; valid are m or km such as 500m and 1.5km, more than 0 and at most "
                + "\(Int(Circle.longestRadius / 1000))km, which is the other side of the earth")
        return nil
    }

    /// Reads `[39.93, 116.42]`, latitude first.
    mutating func point(of node: Node, _ what: String) -> Point? {
        let example = "a point is [latitude, longitude] in degrees, such as [39.93, 116.42]"
        guard let numbers = node.sequence.map(Array.init), numbers.count == 2 else {
            note(node, "\(what) is not a point; \(example)")
            return nil
        }
        var degrees: [Double] = []
        for (node, (name, most)) in zip(numbers, [("latitude", 90.0), ("longitude", 180.0)]) {
            guard let number = node.scalar.flatMap({ Self.decimal($0.string[...], signed: true) }) else {
                note(node, "the \(name) is not a decimal number; \(example)")
                return nil
            }
            guard abs(number) <= most else {
                note(
                    node,
                    "the \(name) \(node.scalar?.string ?? "") is not between -\(Int(most)) and \(Int(most)); \(example)"
                )
                return nil
            }
            degrees.append(number)
        }
        return Point(latitude: degrees[0], longitude: degrees[1])
    }

    /// Reads a border: `[[39.93, 116.42], [39.93, 116.43], [39.94, 116.43]]`.
    mutating func border(of node: Node, _ what: String) -> Border? {
        guard let nodes = sequence(of: node, what) else { return nil }
        guard nodes.count <= Limits.polygonPoints else {
            note(node, "\(what) has \(nodes.count) points; at most \(Limits.polygonPoints) are allowed")
            return nil
        }
        let points = nodes.compactMap { point(of: $0, "a point of \(what)") }
        guard points.count == nodes.count else { return nil }
        do {
            return try Border(points)
        } catch {
            switch error {
            case .tooManyPoints(let count):
                note(node, "\(what) has \(count) points; at most \(Limits.polygonPoints) are allowed")
            case .tooFewPoints: note(node, "\(what) needs three different points at least")
            case .tooWide(let index):
                note(
                    nodes[index],
                    "\(what) spans more than 180° of longitude with this point; name a smaller place, or its parts")
            case .crossing(let first, let second):
                let line =
                    nodes[first].mark.map { "that which begins at line \($0.line), column \($0.column)" } ?? "another"
                note(
                    nodes[second],
                    "\(what) crosses or touches itself: the line from this point to the next meets \(line); "
                        + "list the points in their order along the border")
            }
            return nil
        }
    }

    /// Reads a number without an exponent; nil for anything else.
    static func decimal(_ text: Substring, signed: Bool = false) -> Double? {
        let digits = signed && (text.hasPrefix("-") || text.hasPrefix("+")) ? text.dropFirst() : text
        guard digits.utf8.allSatisfy({ $0.decimalDigit != nil || $0 == UInt8(ascii: ".") }) else { return nil }
        return Double(text)
    }
}
