/// The words of a closed list by their bytes, so that reading one makes no string.
///
/// A word of up to 16 bytes is one number; looking one up compares a few numbers.
public struct WordTable<Word: RawRepresentable<String> & CaseIterable & Sendable>: Sendable {
    private let keys: [UInt128]
    /// The words in the order of their list.
    package let words: [Word]

    /// Makes the table of all words of the type.
    ///
    /// - Precondition: No word has more than 16 bytes.
    public init(_ type: Word.Type = Word.self) {
        words = Array(Word.allCases)
        keys = words.map { word in
            var text = word.rawValue
            guard let key = text.withUTF8({ Self.key(UnsafeRawBufferPointer($0)) }) else {
                preconditionFailure("\(word.rawValue) is too long for a table of words.")
            }
            return key
        }
    }

    /// The word with these bytes, if there is one.
    public subscript(bytes: UnsafeRawBufferPointer) -> Word? {
        guard let key = Self.key(bytes) else { return nil }
        for index in keys.indices where keys[index] == key { return words[index] }
        return nil
    }

    /// The bytes as a number; no word has a zero in it, so the number has the length too.
    private static func key(_ bytes: UnsafeRawBufferPointer) -> UInt128? {
        guard bytes.count <= MemoryLayout<UInt128>.size, !bytes.contains(0) else { return nil }
        var key: UInt128 = 0
        withUnsafeMutableBytes(of: &key) { $0.copyMemory(from: bytes) }
        return key
    }
}
