/// A CURVE public key (RFC 26): 32 bytes, which are 40 characters of Z85 (RFC 32).
public struct PublicKey: Hashable, Sendable, CustomStringConvertible {
    /// The number of bytes.
    public static let byteCount = 32
    /// The number of characters of a key's text.
    public static let textCount = 40

    private let words: SIMD8<UInt32>

    /// Reads a key's text; nil for anything but 40 characters of Z85.
    public init?(z85 text: String) {
        guard text.utf8.count == Self.textCount else { return nil }
        var words = SIMD8<UInt32>()
        for (index, character) in text.utf8.enumerated() {
            guard let digit = Self.digits.firstIndex(of: character) else { return nil }
            // Five digits may make more than 32 bits.
            let (product, tooLarge) = words[index / 5].multipliedReportingOverflow(by: 85)
            let (sum, overflow) = product.addingReportingOverflow(UInt32(digit))
            guard !tooLarge, !overflow else { return nil }
            words[index / 5] = sum
        }
        self.words = words
    }

    /// Takes the bytes of a key; nil for other than 32.
    public init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count == Self.byteCount else { return nil }
        var words = SIMD8<UInt32>()
        for index in 0..<8 {
            words[index] = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self))
        }
        self.words = words
    }

    /// The key's text.
    public var z85: String {
        var text: [UInt8] = []
        text.reserveCapacity(Self.textCount)
        for index in 0..<8 {
            var divisor: UInt32 = 85 * 85 * 85 * 85
            while divisor > 0 {
                text.append(Self.digits[Int(words[index] / divisor % 85)])
                divisor /= 85
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    public var description: String { z85 }

    private static let digits = Array(
        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#".utf8)
}
