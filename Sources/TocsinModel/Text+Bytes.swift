/// Comparison of names as bytes, as SQLite and other languages compare them.
///
/// `==` and `Hasher` of Swift's strings use Unicode's canonical form. They take a composed and a decomposed é to be the
/// same; a table of bytes does not.
extension String {
    /// True if both have the same bytes.
    package func isIdentical(to other: String) -> Bool {
        let (own, others) = (utf8, other.utf8)
        guard own.count == others.count else { return false }
        let answer = own.withContiguousStorageIfAvailable { own in
            others.withContiguousStorageIfAvailable { UnsafeRawBufferPointer(own).equals(UnsafeRawBufferPointer($0)) }
        }
        // A string bridged from another language is compared byte by byte.
        return (answer ?? nil) ?? own.elementsEqual(others)
    }
}

extension String? {
    /// True if both have the same bytes, or both are nil.
    package func isIdentical(to other: String?) -> Bool {
        guard let self, let other else { return self == nil && other == nil }
        return self.isIdentical(to: other)
    }
}

extension Hasher {
    /// Adds a text's bytes and a mark for their end, so that the next text is distinct.
    mutating func combine(bytesOf text: String) {
        var text = text
        text.withUTF8 { combine(bytes: UnsafeRawBufferPointer($0)) }
        // 0xff is no byte of UTF-8.
        combine(0xff as UInt8)
    }
}
