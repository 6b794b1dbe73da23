import TocsinModel

/// The members of a JSON object as they stand in its text: what is not changed goes on byte for byte.
struct JSONMembers {
    private var members: [(name: String, json: [UInt8])] = []

    /// No members.
    init() {}

    /// Takes an object's text apart, which must be JSON.
    init(_ object: [UInt8]) {
        var position = object.firstIndex(of: UInt8(ascii: "{")).map { $0 + 1 } ?? object.count
        while let nameStart = object[position...].firstIndex(of: UInt8(ascii: "\"")) {
            let nameEnd = Self.endOfValue(in: object, from: nameStart)
            guard let colon = object[nameEnd...].firstIndex(of: UInt8(ascii: ":")) else { return }
            let end = Self.endOfValue(in: object, from: colon + 1)
            let value = object[(colon + 1)..<end].drop { $0 <= 0x20 }
            members.append((Self.text(of: object[nameStart..<nameEnd]), Array(value.trimmedEnd)))
            position = end + 1
            guard position <= object.count else { return }
        }
    }

    /// The value of a member, as JSON.
    subscript(name: String) -> [UInt8]? { members.first { $0.name == name }?.json }

    /// Sets a member in its place, or as the last one.
    mutating func set(_ name: String, _ json: [UInt8]) {
        if let index = members.firstIndex(where: { $0.name == name }) {
            members[index].json = json
        } else {
            members.append((name, json))
        }
    }

    /// The object's text.
    var json: [UInt8] {
        var bytes: [UInt8] = [UInt8(ascii: "{")]
        for (index, member) in members.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes += Self.json(member.name) + [UInt8(ascii: ":")] + member.json
        }
        return bytes + [UInt8(ascii: "}")]
    }

    /// A text as JSON.
    static func json(_ text: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.string(text)
        return writer.bytes
    }

    private static func text(of json: ArraySlice<UInt8>) -> String {
        let parser = JSONParser(maximumBytes: json.count)
        return (try? parser.parse(Array(json)) { $0.string }) ?? ""
    }

    /// The place of the comma or bracket after the value that begins here; after a string, the place behind it.
    private static func endOfValue(in text: [UInt8], from start: Int) -> Int {
        var depth = 0
        var isString = false
        var position = start
        while position < text.count {
            let byte = text[position]
            switch byte {
            case UInt8(ascii: "\\") where isString: position += 1
            case UInt8(ascii: "\""):
                isString.toggle()
                if !isString, position > start, text[start] == byte { return position + 1 }
            case UInt8(ascii: "{") where !isString, UInt8(ascii: "[") where !isString: depth += 1
            case UInt8(ascii: "}") where !isString, UInt8(ascii: "]") where !isString:
                if depth == 0 { return position }
                depth -= 1
            case UInt8(ascii: ",") where !isString && depth == 0: return position
            default: break
            }
            position += 1
        }
        return text.count
    }
}

extension ArraySlice<UInt8> {
    fileprivate var trimmedEnd: ArraySlice<UInt8> {
        var slice = self
        while let last = slice.last, last <= 0x20 { slice.removeLast() }
        return slice
    }
}
