import Testing

@testable import TocsinRouting

@Suite struct KeyTextTests {
    private let key = "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6"

    @Test func `a key where a word is expected is not repeated`() {
        let message = Suggestion.message(key, isNot: "a department", valid: ["fire"])
        #expect(message == "what looks like a key, and is not shown here, is not a department; valid are fire")
    }

    @Test(arguments: [
        "", "fire", "a-department-with-as-many-as-40-letters.", "/nonexistent/Tocsin/keys/dongcheng-1.key",
        "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh", "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{L 6",
    ])
    func `words, paths and what is no Z85 are repeated`(_ text: String) {
        #expect(!KeyText.isLikely(text))
        #expect(!KeyText.isLikely(fileName: text))
    }

    @Test func `a path is told from a key`() {
        #expect(KeyText.isPath("keys/nosuch.key") && KeyText.isPath("/nosuch.pub") && KeyText.isPath("nosuch.pub"))
        #expect(!KeyText.isPath("nothing") && !KeyText.isPath("a/b+c"))
    }
}
