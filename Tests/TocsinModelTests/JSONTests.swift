import Testing
import TocsinModel

struct JSONWriterTests {
    @Test func `commas come by themselves`() {
        var json = JSONWriter()
        json.object { json in
            json.member("a", 1)
            json.array("b") { json in
                json.integer(1)
                json.string("x")
                json.object { _ in }
                json.array { _ in }
                json.null()
                json.boolean(false)
                json.double(1.5)
            }
            json.object("c") { $0.member("d", true) }
            json.member("e", ifPresent: String?.none)
            json.member("f", raw: Array("{\"g\":1}".utf8))
            json.key(escaping: "h\"")
            json.string("i")
        }
        #expect(json.text == #"{"a":1,"b":[1,"x",{},[],null,false,1.5],"c":{"d":true},"f":{"g":1},"h\"":"i"}"#)
    }

    @Test func `quotes, backslashes and control characters are escaped, and nothing else`() {
        var json = JSONWriter()
        json.string("\" \\ / \n \r \t \u{0} \u{8} \u{1f} \u{7f} 消防 🔥 é")
        #expect(json.text == "\"\\\" \\\\ / \\n \\r \\t \\u0000 \\u0008 \\u001f \u{7f} 消防 🔥 é\"")
    }

    @Test func `the smallest and largest numbers are written whole`() {
        var json = JSONWriter()
        json.array { json in
            json.integer(Int64.min)
            json.integer(Int64.max)
            json.integer(0)
        }
        #expect(json.text == "[-9223372036854775808,9223372036854775807,0]")
    }

    @Test func `numbers of every length are written as they are`() {
        let powers = sequence(first: 1 as Int64) { $0 > Int64.max / 10 ? nil : $0 * 10 }
        for number in powers.flatMap({ [$0 - 1, $0, $0 + 1, $0 * 9, -$0] }) {
            var json = JSONWriter(capacity: 1)
            json.integer(number)
            #expect(json.text == String(number))
        }
    }

    @Test func `an escape is found wherever it stands in a text of any length`() {
        for length in 1...20 {
            for place in 0..<length {
                for (character, escaped) in [("\"", #"\""#), ("\\", #"\\"#), ("\u{1f}", #"\u001f"#)] {
                    let (before, after) = (
                        String(repeating: "x", count: place), String(repeating: "~", count: length - place - 1)
                    )
                    var json = JSONWriter()
                    json.string(before + character + after)
                    #expect(json.text == "\"\(before)\(escaped)\(after)\"")
                }
            }
        }
    }

    @Test func `a word, a recipient and a grid are texts, and nothing where they are missing`() throws {
        let recipient = try #require(Recipient("police@110101005"))
        var json = JSONWriter()
        json.object { json in
            json.member("severity", Severity.extreme)
            json.member("status", ifPresent: ReportStatus?.none)
            json.member("recipient", recipient)
            json.member("other", ifPresent: Recipient?.none)
            json.member("grid", ifPresent: GridCode("110101005003002"))
            json.member("place", ifPresent: GridCode?.none)
            json.array("recipients") { json in
                json.recipient(recipient)
                json.recipient(recipient)
            }
            json.member("last", 1)
        }
        #expect(
            json.text == #"{"severity":"Extreme","recipient":"police@110101005","grid":"110101005003002","#
                + #""recipients":["police@110101005","police@110101005"],"last":1}"#)
    }

    @Test func `a writer that forgets its text begins anew`() {
        var json = JSONWriter()
        json.integer(1)
        json.removeAll()
        json.integer(2)
        #expect(json.text == "2")
    }

    @Test func `a time is written as text`() {
        var json = JSONWriter()
        json.object { $0.member("at", Timestamp(milliseconds: 0)) }
        #expect(json.text == #"{"at":"1970-01-01T00:00:00.000Z"}"#)
    }
}

struct JSONParserTests {
    private func parse<Value>(_ text: String, _ body: (JSONNode) throws -> Value) throws -> Value {
        try JSONParser(maximumBytes: 1 << 20).parse(Array(text.utf8), body)
    }

    @Test(arguments: [
        "", "plain", "消防救援支队", "🔥👩‍🚒", "\u{0}\u{1}\u{1f}", "\"\\/\n\r\t", "e\u{301}", "\u{2028}\u{10ffff}",
        String(repeating: "长", count: 5000),
    ])
    func `whatever is written as a string is read back`(text: String) throws {
        var json = JSONWriter()
        json.string(text)
        #expect(try parse(json.text) { $0.string } == text)
    }

    @Test func `escapes and surrogate pairs are characters`() throws {
        #expect(try parse(#""\u6d88\u9632 \ud83d\udd25 \u0041\b\f\/""#) { $0.string } == "消防 🔥 A\u{8}\u{c}/")
    }

    @Test func `a number is whole where it fits 64 bits`() throws {
        #expect(try parse("-9223372036854775808") { $0.integer } == .min)
        #expect(try parse("9223372036854775807") { $0.integer } == .max)
        #expect(try parse("9223372036854775808") { $0.integer } == nil)
        #expect(try parse("9223372036854775808") { $0.double } == 9_223_372_036_854_775_808)
        #expect(try parse("1.0") { $0.integer } == nil)
        #expect(try parse("1e3") { $0.double } == 1000)
        #expect(try parse("7") { $0.double } == 7)
    }

    @Test(arguments: [
        "18446744073709551616", "-9223372036854775809", "89860012345678901234", "1e400", "-1E+400", "1.5e999",
        String(repeating: "9", count: 400), String(repeating: "9", count: 400) + ".0",
    ])
    func `a number that no machine type holds is a number, never whole, and very large`(number: String) throws {
        for text in ["\(number)", " [ \(number) ] ", #"{"a":\#(number),"b":"\\\" \#(number) "}"#] {
            try parse(text) { node in
                let value = node["a"] ?? (node.kind == .array ? node.map { $0 }?.first : node)
                #expect(value?.kind == .number)
                #expect(value?.integer == nil)
                #expect(value?.double == (number.hasPrefix("-") ? -1e308 : 1e308))
                if node.kind == .object { #expect(node["b"]?.string == #"\" "# + "\(number) ") }
            }
        }
    }

    @Test(arguments: ["1e-400", "0.000000000000000000000000000001", "12345678901234567890", "-0", "1E400e1", "01e400"])
    func `a number that a machine type holds stays what it is, and one that JSON has not is none`(number: String) throws
    {
        let value = try? parse("[\(number), 1e400]") { $0.map { $0.double ?? .nan }?.first }
        #expect(value == Double(number).flatMap { number.hasPrefix("01") ? nil : $0 })
    }

    @Test(arguments: ["-", "[1e400", #"{"a":1e400,}"#, "1e400 1", "1e400x", "0x1e400", "-1e400-", "\"1e400"])
    func `what is not JSON beside such a number is not JSON`(text: String) {
        #expect(throws: JSONSyntaxError.self) { try parse(text) { _ in } }
    }

    @Test func `each value knows its kind and is nothing else`() throws {
        let kinds = try parse(#"[{}, [], "s", 1, true, null]"#) { node in node.map { $0.kind } }
        #expect(kinds == [.object, .array, .string, .number, .boolean, .null])
        try parse(#""1""#) { node in
            #expect(node.integer == nil && node.double == nil && node.boolean == nil)
            #expect(node["a"] == nil)
            #expect(node.map { $0.kind } == nil)
        }
        try parse("{}") { #expect($0.string == nil) }
    }

    @Test func `members come in the document's order, nested ones apart`() throws {
        let names = try parse(#"{"b":{"x":[1,2.5,{"y":1}]},"a":-1,"消":"防","b":true}"#) { node in
            var names: [String] = []
            node.forEachMember { name, _ in names.append(String(decoding: name, as: UTF8.self)) }
            #expect(node["a"]?.integer == -1)
            #expect(node["消"]?.string == "防")
            #expect(node["b"]?.kind == .object)
            #expect(node["x"] == nil)
            return names
        }
        #expect(names == ["b", "a", "消", "b"])
    }

    @Test(arguments: [1, 2, 63, 64, 65]) func `a document of the largest size is read, and one more byte is an error`(
        size: Int
    ) throws {
        let parser = JSONParser(maximumBytes: size)
        let spaces = Array(repeating: UInt8(ascii: " "), count: size - 1)
        #expect(try parser.parse(spaces + [UInt8(ascii: "7")]) { $0.integer } == 7)
        #expect(throws: JSONSyntaxError.self) { try parser.parse(spaces + Array("10".utf8)) { _ in } }
    }

    @Test func `a document above the parser's size is an error, and the next one is read`() throws {
        let parser = JSONParser(maximumBytes: 64)
        let longest = String(repeating: "长", count: 20) + "en"
        #expect(throws: JSONSyntaxError.self) { try parser.parse(Array("\"\(longest)!\"".utf8)) { _ in } }
        #expect(try parser.parse(Array("\"\(longest)\"".utf8)) { $0.string } == longest)
    }
}

extension JSONNode {
    /// The elements of an array as whatever `transform` makes of them; nil unless an array.
    fileprivate func map<Element>(_ transform: (JSONNode) -> Element) -> [Element]? {
        guard kind == .array else { return nil }
        var elements: [Element] = []
        forEachElement { elements.append(transform($0)) }
        return elements
    }
}
