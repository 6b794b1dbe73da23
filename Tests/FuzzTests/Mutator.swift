import Foundation
import TocsinSimulator

/// Inputs that are nearly good ones: each is made of a corpus by a few random changes, the same for the same seed.
///
/// `TOCSIN_FUZZ_FACTOR=100` makes a hundred times as many; CI takes the usual number.
struct Mutator {
    static let factor = ProcessInfo.processInfo.environment["TOCSIN_FUZZ_FACTOR"].flatMap(Int.init) ?? 1

    /// The bits of a byte that are tried: one of them, or all with a factor.
    static func bits(of place: Int) -> [UInt8] {
        factor == 1 ? [1 << UInt8(place % 8)] : (0..<8).map { 1 << $0 }
    }

    /// Some of these, evenly spread: one of so many, or a factor more.
    static func some<Element>(of elements: [Element], every stride: Int) -> [Element] {
        let stride = max(1, stride / factor)
        return elements.indices.filter { $0 % stride == stride / 2 }.map { elements[$0] }
    }

    private let corpus: [[UInt8]]
    private let pieces: [[UInt8]]
    private var random: SplitMix64

    /// - Parameter words: what is put in here and there: it means something to the reader, and numbers do as well.
    init(seed: UInt64, corpus: [[UInt8]], words: [String]) {
        self.corpus = corpus
        let numbers = [
            "0", "-1", "1", "63", "64", "65536", "2147483648", "9223372036854775807", "9223372036854775808",
            "-9223372036854775808", "18446744073709551616", "1e400", "1.5", "00", "", "null", "true", "\u{0}",
            "\u{feff}",
            "é", "e\u{301}", "火", "{", "}", "[", "]", "\"", ",", ":", " ", "\n",
        ]
        self.pieces = (words + numbers).map { Array($0.utf8) } + [[0xff], [0xc3], [0xed, 0xa0, 0x80]]
        random = SplitMix64(seed: seed)
    }

    /// So many inputs.
    mutating func inputs(_ count: Int) -> [[UInt8]] {
        (0..<count * Self.factor).map { _ in next() }
    }

    private mutating func next() -> [UInt8] {
        var bytes = corpus[pick(corpus.count)]
        for _ in 0..<pick(5) { change(&bytes) }
        return bytes
    }

    private mutating func change(_ bytes: inout [UInt8]) {
        let place = pick(bytes.count + 1)
        switch pick(6) {
        case 0 where place < bytes.count: bytes[place] ^= 1 << UInt8(pick(8))
        case 1: bytes.removeSubrange(place..<min(bytes.count, place + pick(8)))
        case 2: bytes.insert(contentsOf: pieces[pick(pieces.count)], at: place)
        case 3:
            let end = min(bytes.count, place + pick(8))
            bytes.replaceSubrange(place..<end, with: pieces[pick(pieces.count)])
        case 4:
            let other = corpus[pick(corpus.count)]
            bytes.insert(contentsOf: other[pick(other.count + 1)...].prefix(pick(64)), at: place)
        default: bytes.removeLast(min(bytes.count, pick(16)))
        }
    }

    private mutating func pick(_ count: Int) -> Int { Int.random(in: 0..<max(1, count), using: &random) }
}
