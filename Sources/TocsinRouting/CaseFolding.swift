/// Texts without the difference of capital and small letters: Unicode's simple case folding
/// (https://www.unicode.org/versions/latest/core-spec/chapter-5/#G21180), one scalar for one.
package enum CaseFolding {
    /// Scalars by their page of 256; nil for a page that has no letters of two cases.
    private static let pages: [[UInt32]?] = (0..<0x1f0).map { page in
        // Han, Hangul, surrogates and what is private have no case, and are most of the table.
        guard !(0x2e..<0xa6).contains(page), !(0xac..<0xfb).contains(page) else { return nil }
        let folded = (UInt32(page) << 8..<UInt32(page + 1) << 8).map { Unicode.Scalar($0)?.simplyFolded.value ?? $0 }
        return folded.enumerated().allSatisfy { UInt32(page << 8 + $0.offset) == $0.element } ? nil : folded
    }

    /// Returns the bytes of a text, which is UTF-8, folded. They may be more or fewer.
    static func fold(_ text: UnsafeRawBufferPointer) -> [UInt8] {
        var folded: [UInt8] = []
        folded.reserveCapacity(text.count)
        let pages = pages
        var index = 0
        while index < text.count {
            let byte = text[index]
            if byte < 0x80 {
                let isCapital = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
                folded.append(isCapital ? byte | 0x20 : byte)
                index += 1
                continue
            }
            let length = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4
            guard index + length <= text.count else { break }
            var scalar = UInt32(byte) & (0xff >> UInt32(length + 1))
            for offset in 1..<length { scalar = scalar << 6 | UInt32(text[index + offset]) & 0x3f }
            let page = Int(scalar >> 8)
            if page < pages.count, let letters = pages[page], letters[Int(scalar & 0xff)] != scalar {
                append(letters[Int(scalar & 0xff)], to: &folded)
            } else {
                for offset in 0..<length { folded.append(text[index + offset]) }
            }
            index += length
        }
        return folded
    }

    /// Returns the bytes of a text, folded.
    package static func fold(_ text: String) -> [UInt8] {
        var text = text
        return text.withUTF8 { fold(UnsafeRawBufferPointer($0)) }
    }

    private static func append(_ scalar: UInt32, to bytes: inout [UInt8]) {
        guard let scalar = Unicode.Scalar(scalar) else { return }
        bytes.append(contentsOf: UTF8.encode(scalar).map { Array($0) } ?? [])
    }
}

extension Unicode.Scalar {
    /// The small letter of the capital letter, where each is one scalar: that is the simple folding but for two letters.
    fileprivate var simplyFolded: Unicode.Scalar {
        // The dotless i is the small letter of I, which folds to i.
        guard properties.changesWhenCaseMapped, value != 0x131 else { return self }
        let capital = properties.uppercaseMapping.single ?? self
        return capital.properties.lowercaseMapping.single ?? self
    }
}

extension String {
    fileprivate var single: Unicode.Scalar? {
        unicodeScalars.count == 1 ? unicodeScalars.first : nil
    }
}
