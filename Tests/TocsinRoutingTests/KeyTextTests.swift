import Testing

@testable import TocsinRouting

@Suite struct KeyTextTests {
    private let key = "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6"

    @Test func `a key where a word is expected is not repeated`() {
        let message = Suggestion.message(key, isNot: "a department", valid: ["fire"])
        #expect(message == "what looks like a key, and is not shown here, is not a department; valid are fire")
    }

    @Test(arguments: [
        "KEY", "h KEY", "KEY h", "\"KEY\"", "key:KEY", "secret: KEY", "secret=KEY", "20/s KEY", "秘密KEY，", "“KEY”",
        "a\nKEY\n",
        "public: \"x\"\nsecret: \"KEY\"\n", "keys/broker.key KEY",
    ])
    func `a key beside other words is found`(_ text: String) {
        let text = text.replacing("KEY", with: key)
        #expect(KeyText.isLikely(text) && KeyText.isLikely(fileName: text))
        #expect(!Suggestion.quoted(text).contains(key.prefix(8)))
    }

    @Test func `a key of which every other character is a mark is found, too`() {
        let key = "A:b=C:d=E:f=G:h=I:j=K:l=M:n=O:p=Q:r=S:t="
        #expect(KeyText.isLikely(key) && KeyText.isLikely("name: " + key))
    }

    @Test func `a key in a folder's place is found in a path alone`() {
        #expect(KeyText.isLikely(fileName: "/etc/\(key)") && KeyText.isLikely(fileName: "\(key)/broker.key"))
        #expect(!KeyText.isLikely("x" + key) && !KeyText.isLikely(fileName: key + "x"))
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
