import Testing

@testable import TocsinModel

@Suite struct WordTableTests {
    private enum Word: String, CaseIterable, Sendable {
        case short = "a"
        case other = "b"
        case sixteen = "0123456789abcdef"
        case fifteen = "0123456789abcde"
        case bang = "Fire!"
        case fire = "Fire"
        case eight = "category"
        case nine = "certainty"
        case seven = "msgType"
        case three = "Met"
        case two = "II"
    }

    private static let table = WordTable(Word.self)

    private func word(_ text: String) -> Word? {
        var text = text
        return text.withUTF8 { Self.table[UnsafeRawBufferPointer($0)] }
    }

    @Test(arguments: Word.allCases)
    private func `each word is found by its bytes`(_ wanted: Word) {
        #expect(word(wanted.rawValue) == wanted)
    }

    @Test(arguments: ["", "c", "fire", "Fir", "Fire\u{0}", "\u{0}Fire", "0123456789abcdef0", "0123456789abcdef\u{0}"])
    func `nothing else is a word`(_ text: String) {
        #expect(word(text) == nil)
    }

    @Test(arguments: Word.allCases)
    private func `a word with any one of its bytes changed is none`(_ wanted: Word) {
        for index in wanted.rawValue.utf8.indices {
            var bytes = Array(wanted.rawValue.utf8)
            bytes[wanted.rawValue.utf8.distance(from: wanted.rawValue.startIndex, to: index)] ^= 0x80
            #expect(bytes.withUnsafeBytes { Self.table[$0] } == nil)
        }
    }

    @Test func `the words of every closed list are found`() {
        for word in Category.allCases {
            var text = word.rawValue
            #expect(text.withUTF8 { Category.table[UnsafeRawBufferPointer($0)] } == word)
        }
        for word in RefusalCode.allCases {
            var text = word.rawValue
            #expect(text.withUTF8 { RefusalCode.table[UnsafeRawBufferPointer($0)] } == word)
        }
    }
}
