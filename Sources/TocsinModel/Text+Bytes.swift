/// Names are bytes, as SQLite and other languages compare them.
///
/// `==` and `Hasher` of Swift's texts go by Unicode's canonical form: they hold a composed and a decomposed é to be the
/// same, and a table of bytes does not.
extension String {
    /// Whether both are the same bytes.
    package func isIdentical(to other: String) -> Bool {
        let (own, others) = (utf8, other.utf8)
        guard own.count == others.count else { return false }
        let answer = own.withContiguousStorageIfAvailable { own in
            others.withContiguousStorageIfAvailable { UnsafeRawBufferPointer(own).equals(UnsafeRawBufferPointer($0)) }
        }
        // A text that another language made is compared byte by byte.
        return (answer ?? nil) ?? own.elementsEqual(others)
    }
}

extension String? {
    /// Whether both are the same bytes, or neither is there.
    package func isIdentical(to other: String?) -> Bool {
        guard let self, let other else { return self == nil && other == nil }
        return self.isIdentical(to: other)
    }
}

extension Hasher {
    /// Adds a text's bytes, and their end: what comes next is another text.
    mutating func combine(bytesOf text: String) {
        var text = text
        text.withUTF8 { combine(bytes: UnsafeRawBufferPointer($0)) }
        // No byte of UTF-8.
        combine(0xff as UInt8)
    }
}
