/// The words of a closed list by their bytes, so that reading a word makes no string.
///
/// A word of up to 16 bytes becomes one number, made of its first and last bytes. It is stored in the first free slot
/// from the one that its hash gives. Half of the slots are free, so a lookup compares a number or two.
public struct WordTable<Word: RawRepresentable<String> & CaseIterable & Sendable>: Sendable {
    @usableFromInline struct Entry: Sendable {
        @usableFromInline var key: UInt128
        @usableFromInline var length: Int
        @usableFromInline var word: Word
    }

    @usableFromInline private(set) var entries: [Entry?]
    /// The words in the order of their list.
    package let words: [Word]

    /// Creates the table of all words of the type.
    ///
    /// - Precondition: No word has more than 16 bytes.
    public init(_ type: Word.Type = Word.self) {
        words = Array(Word.allCases)
        var slots = 2
        while slots < 2 * words.count { slots *= 2 }
        entries = Array(repeating: nil, count: slots)
        for word in words {
            var text = word.rawValue
            text.withUTF8 { bytes in
                guard let key = Self.key(UnsafeRawBufferPointer(bytes)) else {
                    preconditionFailure("\(word.rawValue) is too long for a table of words.")
                }
                var slot = slot(of: key)
                while entries[slot] != nil { slot = next(slot) }
                entries[slot] = Entry(key: key, length: bytes.count, word: word)
            }
        }
    }

    /// The word with these bytes, if there is one.
    @inlinable
    public subscript(bytes: UnsafeRawBufferPointer) -> Word? {
        guard let key = Self.key(bytes) else { return nil }
        var slot = slot(of: key)
        while let entry = entries[slot] {
            // Texts of different lengths may have the same key.
            if entry.key == key, entry.length == bytes.count { return entry.word }
            slot = next(slot)
        }
        return nil
    }

    /// Returns the bytes as a number that is unique among texts of the same length; nil for more than 16 bytes.
    @inlinable
    static func key(_ bytes: UnsafeRawBufferPointer) -> UInt128? {
        func load<Part: BitwiseCopyable & UnsignedInteger>(_ type: Part.Type, at offset: Int) -> UInt128 {
            UInt128(truncatingIfNeeded: bytes.loadUnaligned(fromByteOffset: offset, as: type))
        }
        // The key takes the first and the last bytes, which may overlap. This needs no loop and no call.
        let count = bytes.count
        return switch count {
        case 8...16: load(UInt64.self, at: 0) | load(UInt64.self, at: count - 8) << 64
        case 4...7: load(UInt32.self, at: 0) | load(UInt32.self, at: count - 4) << 64
        case 2...3: load(UInt16.self, at: 0) | load(UInt16.self, at: count - 2) << 64
        case 1: UInt128(truncatingIfNeeded: bytes[0])
        case 0: 0
        default: nil
        }
    }

    /// Returns the slot at which the search for a key begins (multiplicative hashing: Knuth, "The Art of Computer
    /// Programming" 3, 6.4).
    @inlinable
    func slot(of key: UInt128) -> Int {
        // Exclusive or would not do: both halves are the same for a text of eight bytes.
        let folded = UInt64(truncatingIfNeeded: key) &+ 2 &* UInt64(truncatingIfNeeded: key >> 64)
        return Int(truncatingIfNeeded: folded &* 0x9e37_79b9_7f4a_7c15 >> 32) & (entries.count - 1)
    }

    @inlinable
    func next(_ slot: Int) -> Int { (slot + 1) & (entries.count - 1) }
}
