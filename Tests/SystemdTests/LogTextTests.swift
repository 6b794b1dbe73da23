import Testing

@testable import Systemd

struct LogTextTests {
    @Test(arguments: [
        ("incident", "1234", "incident=1234"),
        ("area", "东城区", "area=东城区"),
        ("by", "Wang, desk 2", "by=\"Wang, desk 2\""),
        ("area", "东城区　景山街道", "area=\"东城区　景山街道\""),
        ("note", "", "note=\"\""),
        ("query", "a=b", "query=\"a=b\""),
        ("said", "the \"big\" bell", "said=\"the \\\"big\\\" bell\""),
        ("path", "a\\b", "path=\"a\\\\b\""),
        ("two words", "1", "\"two words\"=1"),
    ])
    func `a pair is quoted where it would be ambiguous`(key: String, value: String, expected: String) {
        #expect(LogText.pair(key: key, value: value) == expected)
    }

    @Test(arguments: [
        ("a\nb", "a\\nb"), ("a\r\nb", "a\\r\\nb"), ("a\tb", "a\\tb"), ("a\0b", "a\\u{0}b"),
        ("\u{1B}[2J", "\\u{1b}[2J"), ("a\u{7F}b", "a\\u{7f}b"), ("a\u{85}b", "a\\u{85}b"),
        ("a\u{2028}b", "a\\u{2028}b"), ("a\u{202E}b", "a\\u{202e}b"), ("a\\nb", "a\\\\nb"),
    ])
    func `what could break or disguise a line is escaped`(text: String, expected: String) {
        #expect(LogText.message(text) == expected)
        #expect(LogText.pair(key: "key", value: text) == "key=\"\(expected)\"")
    }

    @Test func `readable text of any script is kept as it is`() {
        let text = "胡同里有明火，速来 🔥 – naïve"
        #expect(LogText.message(text) == text)
    }
}
