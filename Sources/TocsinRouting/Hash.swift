import TocsinModel

/// The hash of keys and of their parts. It is the same in every process, which is safe here: the tables hold a file of
/// ours and nothing from strangers.
enum Hash {
    /// Mixes one more value in. The halves of a 128-bit product are folded together, as in wyhash.
    static func mix(_ hash: UInt64, _ value: UInt64) -> UInt64 {
        let product = (hash ^ value ^ 0xa076_1d64_78bd_642f).multipliedFullWidth(by: 0xe703_7ed1_a0b4_28db ^ hash)
        return product.high ^ product.low
    }

    /// Returns the hash of a text's UTF-8 bytes, taken eight at a time.
    static func of(_ text: String) -> UInt64 {
        text.utf8.withContiguousStorageIfAvailable { of(UnsafeRawBufferPointer($0)) }
            ?? Array(text.utf8).withUnsafeBytes { of($0) }
    }

    // Parameters and event codes are one dimension, so a bit tells them apart.
    static func ofParameter(_ value: Report.NamedValue) -> UInt64 { mix(of(value.name), of(value.value)) | 1 }

    static func ofEventCode(_ value: Report.NamedValue) -> UInt64 { mix(of(value.name), of(value.value)) & ~1 }

    static func isOfParameter(_ hash: UInt64) -> Bool { hash & 1 == 1 }

    static func of(_ bytes: [UInt8]) -> UInt64 { bytes.withUnsafeBytes { of($0) } }

    private static func of(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var hash = UInt64(bytes.count)
        var offset = 0
        while offset + 8 <= bytes.count {
            hash = mix(hash, bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            offset += 8
        }
        var rest: UInt64 = 0
        while offset < bytes.count {
            rest = rest << 8 | UInt64(bytes[offset])
            offset += 1
        }
        return mix(hash, rest)
    }
}

extension Category {
    /// The index in CAP's list, from 0.
    var ordinal: UInt64 {
        switch self {
        case .geo: 0
        case .met: 1
        case .safety: 2
        case .security: 3
        case .rescue: 4
        case .fire: 5
        case .health: 6
        case .env: 7
        case .transport: 8
        case .infra: 9
        case .cbrne: 10
        case .other: 11
        }
    }
}
