/// Keys in places that are for something else. Messages end in logs and on screens, and must not repeat a secret.
package enum KeyText {
    private static let length = 40
    /// The characters of Z85 (RFC 32) that paths and names seldom have.
    private static let unusual = Set("+=^!*?&<>()[]{}%$#")
    private static let rare = Set(unusual.compactMap(\.asciiValue))
    private static let z85 = rare.union(
        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:/@".utf8)

    /// Returns true for a text that has a key in it, alone or beside other words: 40 characters of Z85 that are hardly a path
    /// or a name. One in ten thousand random keys has none of the characters that those seldom have.
    ///
    /// A key ends where the text ends, at a character that Z85 does not have, such as white space or a quotation mark, and
    /// at the marks between a word and its value.
    package static func isLikely(_ text: String) -> Bool { hasKey(text, marks: ":=") }

    /// Returns true for a key where a file is expected, alone, beside other words, or after the folder in which the file
    /// would be.
    package static func isLikely(fileName: String) -> Bool { hasKey(fileName, marks: ":=/") }

    private static func hasKey(_ text: String, marks: String) -> Bool {
        let (text, marks) = (Array(text.utf8), Array(marks.utf8))
        func isEdge(_ place: Int) -> Bool {
            !text.indices.contains(place) || !z85.contains(text[place]) || marks.contains(text[place])
        }
        return text.indices.dropLast(length - 1).contains { start in
            isEdge(start - 1) && isEdge(start + length) && isKey(text[start..<start + length])
        }
    }

    private static func isKey(_ text: ArraySlice<UInt8>) -> Bool {
        text.allSatisfy(z85.contains) && text.contains(where: rare.contains)
            && text.contains { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
    }

    /// Returns true for what is meant as a path, be there a file or not.
    package static func isPath(_ text: String) -> Bool {
        !text.contains(where: unusual.contains) && (text.contains("/") || isNamedAsFile(text))
    }

    /// Returns true for a path that ends as the names of key files do.
    package static func isNamedAsFile(_ text: String) -> Bool { text.hasSuffix(".key") || text.hasSuffix(".pub") }
}
