/// A mailbox that can be addressed: a department (`fire`) or a role at a place (`police@110101005`).
public struct Recipient: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The text on the wire.
    public let name: String

    /// Reads a recipient of 1 to 64 bytes: lower-case letters, digits and hyphens, then optionally `@` and a grid code.
    public init?(_ text: String) {
        var text = text
        guard text.withUTF8({ Self.isValid(UnsafeRawBufferPointer($0)) }) else { return nil }
        name = text
    }

    private static func isValid(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count <= Limits.recipientBytes else { return false }
        guard let at = bytes.firstIndex(of: UInt8(ascii: "@")) else { return isWord(bytes) }
        return isWord(UnsafeRawBufferPointer(rebasing: bytes[..<at]))
            && GridCode(utf8: UnsafeRawBufferPointer(rebasing: bytes[(at + 1)...])) != nil
    }

    /// Creates the mailbox of a role at a place.
    public init(role: RoleName, at place: GridCode) {
        name = "\(role.name)@\(place)"
    }

    /// The place of a role's mailbox; nil for a department.
    public var place: GridCode? {
        name.firstIndex(of: "@").flatMap { GridCode(String(name[name.index(after: $0)...])) }
    }

    /// The size of the place of a role's mailbox; nil for a department.
    public var level: PlaceLevel? {
        let bytes = name.utf8
        return bytes.firstIndex(of: UInt8(ascii: "@")).flatMap { at in
            PlaceLevel(digits: bytes.distance(from: at, to: bytes.endIndex) - 1)
        }
    }

    /// The name of the department or the role, without the place.
    public var word: String {
        name.firstIndex(of: "@").map { String(name[..<$0]) } ?? name
    }

    public static func < (left: Recipient, right: Recipient) -> Bool { left.name < right.name }

    public var description: String { name }

    static func isWord(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let first = bytes.first, first != UInt8(ascii: "-") else { return false }
        return bytes.allSatisfy {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || $0.decimalDigit != nil || $0 == UInt8(ascii: "-")
        }
    }
}

/// The name of a role that people have at a place: `grid-officer`, `leader`.
public struct RoleName: Hashable, Sendable, CustomStringConvertible {
    public let name: String

    /// Reads a role's name of lower-case letters, digits and hyphens; nil for anything else.
    public init?(_ text: String) {
        var text = text
        // The longest role must leave room for its place: '@' and 15 digits.
        guard text.utf8.count <= Limits.recipientBytes - 16,
            text.withUTF8({ Recipient.isWord(UnsafeRawBufferPointer($0)) })
        else { return nil }
        name = text
    }

    public var description: String { name }
}
