/// Keys in places that are for something else. Messages end in logs and on screens, and must not repeat a secret.
package enum KeyText {
    private static let length = 40
    /// The characters of Z85 (RFC 32) that paths and names seldom have.
    private static let unusual = Set("+=^!*?&<>()[]{}%$#")

    /// Returns true for 40 characters of Z85 that are hardly a path or a name: one in ten thousand random keys has none
    /// of the characters that those seldom have.
    package static func isLikely(_ text: String) -> Bool {
        text.utf8.count == length && text.allSatisfy(isZ85) && text.contains(where: unusual.contains)
            && text.contains { ("A"..."Z").contains($0) }
    }

    /// Returns true for a key where a file is expected, alone or after the folder in which the file would be.
    package static func isLikely(fileName: String) -> Bool {
        let folder = fileName.dropLast(length)
        return (folder.isEmpty || folder.hasSuffix("/")) && isLikely(String(fileName.suffix(length)))
    }

    /// Returns true for what is meant as a path, be there a file or not.
    package static func isPath(_ text: String) -> Bool {
        !text.contains(where: unusual.contains) && (text.contains("/") || isNamedAsFile(text))
    }

    /// Returns true for a path that ends as the names of key files do.
    package static func isNamedAsFile(_ text: String) -> Bool { text.hasSuffix(".key") || text.hasSuffix(".pub") }

    private static func isZ85(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber)
            || unusual.contains(character) || ".-:/@".contains(character)
    }
}
