import Testing
import TocsinSimulator

@testable import TocsinRouting

struct WordAutomatonTests {
    private func found(_ words: [String], in texts: [String]) -> [String] {
        let automaton = WordAutomaton(words.map { Array($0.utf8) })
        return withUnsafeTemporaryAllocation(of: Bool.self, capacity: words.count) { marks in
            marks.initialize(repeating: false)
            var found: [String] = []
            for text in texts { automaton.find(in: Array(text.utf8), marks) { found.append(words[$0]) } }
            return found
        }
    }

    @Test func `words inside one another are all found, each once`() {
        #expect(found(["he", "she", "his", "hers"], in: ["ushers ushers", "his"]) == ["she", "he", "hers", "his"])
        #expect(found(["毒气", "气"], in: ["毒气"]) == ["毒气", "气"])
        #expect(found(["a"], in: ["", "b"]).isEmpty)
        #expect(found([], in: ["b"]).isEmpty)
    }

    @Test func `what it finds is what searching for each word finds`() {
        var random = SplitMix64(seed: 75)
        func word(_ length: ClosedRange<Int>) -> String {
            String((0..<Int.random(in: length, using: &random)).map { _ in "abc".randomElement(using: &random) ?? "a" })
        }
        for _ in 0..<300 {
            let words = Set((0..<20).map { _ in word(1...6) }).sorted()
            let text = word(0...40)
            #expect(Set(found(words, in: [text])) == Set(words.filter { text.contains($0) }), "\(words) \(text)")
        }
    }
}

struct CaseFoldingTests {
    @Test(arguments: [
        ("GAS", "gas"), ("Straße", "straße"), ("STRAẞE", "straße"), ("ΣΊΣΥΦΟς", "σίσυφοσ"), ("İI", "İi"), ("ıi", "ıi"),
        ("\u{212a}\u{212b}\u{2126}", "kåω"), ("ſ", "s"), ("µ", "μ"), ("毒气Ａ", "毒气ａ"), ("\u{1f600}", "\u{1f600}"),
        ("Ǆǅǆ", "ǆǆǆ"), ("\u{10400}", "\u{10428}"), ("\u{1c90}", "\u{10d0}"), ("ᾈ", "ᾀ"), ("Ⱥ", "ⱥ"), ("", ""),
    ])
    func `letters are folded one for one`(_ text: String, _ folded: String) {
        #expect(
            String(decoding: CaseFolding.fold(text), as: UTF8.self).unicodeScalars.elementsEqual(folded.unicodeScalars))
    }

    @Test func `the large and the small letters of Cherokee are the same`() {
        #expect(CaseFolding.fold("\u{13a0}") == CaseFolding.fold("\u{ab70}"))
    }

    @Test func `folding again changes nothing`() {
        for value in UInt32(0)..<0x1f000 {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let once = CaseFolding.fold(String(scalar))
            #expect(once.withUnsafeBytes { CaseFolding.fold($0) } == once, "\(scalar.escaped(asASCII: true))")
        }
    }
}
