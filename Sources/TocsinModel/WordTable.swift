/// The words of a closed list by their bytes, so that reading one makes no string.
///
/// A word of up to 16 bytes is one number. It stands in the first free place from the one that its hash gives, and half
/// of the places are free, so finding one compares a number or two.
public struct WordTable<Word: RawRepresentable<String> & CaseIterable & Sendable>: Sendable {
    @usableFromInline struct Entry: Sendable {
        @usableFromInline var key: UInt128
        @usableFromInline var length: Int
        @usableFromInline var word: Word
    }

    @usableFromInline private(set) var entries: [Entry?]
    /// The words in the order of their list.
    package let words: [Word]

    /// Makes the table of all words of the type.
    ///
    /// - Precondition: No word has more than 16 bytes.
    public init(_ type: Word.Type = Word.self) {
        words = Array(Word.allCases)
        var places = 2
        while places < 2 * words.count { places *= 2 }
        entries = Array(repeating: nil, count: places)
        for word in words {
            var text = word.rawValue
            text.withUTF8 { bytes in
                guard let key = Self.key(UnsafeRawBufferPointer(bytes)) else {
                    preconditionFailure("\(word.rawValue) is too long for a table of words.")
                }
                var place = place(of: key)
                while entries[place] != nil { place = next(place) }
                entries[place] = Entry(key: key, length: bytes.count, word: word)
            }
        }
    }

    /// The word with these bytes, if there is one.
    @inlinable
    public subscript(bytes: UnsafeRawBufferPointer) -> Word? {
        guard let key = Self.key(bytes) else { return nil }
        var place = place(of: key)
        while let entry = entries[place] {
            // Zeros at the end would not change the number.
            if entry.key == key, entry.length == bytes.count { return entry.word }
            place = next(place)
        }
        return nil
    }

    /// The bytes as a number.
    @inlinable
    static func key(_ bytes: UnsafeRawBufferPointer) -> UInt128? {
        guard bytes.count <= MemoryLayout<UInt128>.size else { return nil }
        var key: UInt128 = 0
        withUnsafeMutableBytes(of: &key) { $0.copyMemory(from: bytes) }
        return key
    }

    /// Where a key is looked for first (multiplicative hashing: Knuth, "The Art of Computer Programming" 3, 6.4).
    @inlinable
    func place(of key: UInt128) -> Int {
        let folded = UInt64(truncatingIfNeeded: key) ^ UInt64(truncatingIfNeeded: key >> 64)
        return Int(truncatingIfNeeded: folded &* 0x9e37_79b9_7f4a_7c15 >> 32) & (entries.count - 1)
    }

    @inlinable
    func next(_ place: Int) -> Int { (place + 1) & (entries.count - 1) }
}
