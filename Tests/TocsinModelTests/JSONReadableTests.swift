import Testing
import TocsinModel

/// Members are read as what is asked for, and whatever is something else is refused with what it is and what it must be.
struct JSONReadableTests {
    private func parse<Value>(_ text: String, _ body: (JSONNode) throws -> Value) throws -> Value {
        try JSONParser(maximumBytes: 1 << 20).parse(Array(text.utf8), body)
    }

    private func refusal<Value>(of text: String, _ body: (JSONNode) throws -> Value) -> Refusal? {
        do {
            _ = try parse(text, body)
            return nil
        } catch {
            return error as? Refusal
        }
    }

    @Test func `each kind of value is read`() throws {
        let text = """
            {"text":"防","long":-7,"int":9,"flag":false,"time":"1970-01-01T00:00:00Z","to":"police@110101",
            "incident":1,"number":2,"position":0,"grid":"110101","word":"Severe","list":["a","b"],"object":{"x":1},
            "point":[1,-2.5]}
            """
        func expect<Value: JSONReadable & Equatable>(_ name: StaticString, _ wanted: Value?) throws {
            let value: Value = try parse(text) { json in try json.member(name) }
            #expect(value == wanted)
        }
        try expect("text", "防")
        try expect("long", Int64(-7))
        try expect("int", 9)
        try expect("flag", false)
        try expect("time", Timestamp(milliseconds: 0))
        try expect("to", Recipient("police@110101"))
        try expect("incident", IncidentNumber(1))
        try expect("number", AlertNumber(2))
        try expect("position", Position.zero)
        try expect("grid", GridCode("110101"))
        try expect("word", Severity.severe)
        try expect("list", ["a", "b"])
        try expect("point", Point(latitude: 1, longitude: -2.5))
        let member: Int = try parse(text) { json in try (json.member("object") as JSONNode).member("x") }
        #expect(member == 1)
    }

    /// The refusal of the member `m` as a value of that type.
    private func refusal<Value: JSONReadable>(of text: String, as type: Value.Type) -> Refusal? {
        refusal(of: text) { json in try json.member("m") as Value }
    }

    @Test func `a member that is missing is required, or nil where it may be`() throws {
        let missing = Refusal(.invalid, "The member m is required and missing.", field: "m")
        #expect(refusal(of: "{}", as: String.self) == missing)
        #expect(refusal(of: "[]", as: String.self) == missing)
        let elements = refusal(of: "{}") { json in try json.elements("m") { (node) throws(Refusal) in node.kind } }
        #expect(elements == missing)
        let optional: String? = try parse("{}") { json in try json.member(ifPresent: "m") }
        #expect(optional == nil)
    }

    @Test(arguments: [
        ("7", "7"), ("1.5", "a number that is not whole, or beyond 64 bits"), ("true", "true"), ("null", "null"),
        ("[1,2]", "an array of 2"), ("{}", "an object"),
    ])
    func `a member of another kind is refused, null too and where it may be missing`(json: String, found: String) {
        let text = "{\"m\":\(json)}"
        let wanted = Refusal(.invalid, "The member m must be a string; it is \(found).", field: "m")
        #expect(refusal(of: text, as: String.self) == wanted)
        let optional = refusal(of: text) { json in try json.member(ifPresent: "m") as String? }
        #expect(optional == wanted)
    }

    @Test func `a word that is not on its list is refused with the list`() {
        let refusal = refusal(of: #"{"m":"fun"}"#, as: Purpose.self)
        #expect(refusal?.message == "The member m must be one of action, information; it is 'fun'.")
        #expect(refusal?.allowed == ["action", "information"])
    }

    @Test func `what was found is cut to what fits into a message`() {
        let refusal = refusal(of: "{\"m\":\"\(String(repeating: "长", count: 1000))\"}", as: Timestamp.self)
        #expect(
            refusal?.message == """
                The member m must be an RFC 3339 time with its offset, such as 2026-11-23T08:10:00+08:00; it is \
                '\(String(repeating: "长", count: 39))…'.
                """)
    }

    @Test(arguments: ["0", "-1", "1.5", "9223372036854775808", "\"1\""])
    func `a number that no incident and no alert can have is refused`(number: String) {
        let text = "{\"m\":\(number)}"
        #expect(refusal(of: text, as: IncidentNumber.self)?.field == "m")
        #expect(refusal(of: text, as: AlertNumber.self)?.field == "m")
    }

    @Test(arguments: [(#"["x",1]"#, "an array of 2"), (#""x""#, "'x'"), (#"{"x":"y"}"#, "an object")])
    func `an array is read whole or not at all`(json: String, found: String) {
        let text = "{\"m\":\(json)}"
        let read = refusal(of: text, as: [String].self)
        #expect(read?.message == "The member m must be an array, each element of which is a string; it is \(found).")
        let elements = refusal(of: text) { json in
            try json.elements("m") { (node) throws(Refusal) in try node.read(as: "m") as String }
        }
        #expect(elements?.field == "m")
    }

    @Test func `a path is made for the refusal alone`() throws {
        var made = 0
        func path() -> String {
            made += 1
            return "area.grid"
        }
        let grid: GridCode = try parse("\"110101\"") { json in try json.read(as: path()) }
        #expect(grid == GridCode("110101"))
        #expect(made == 0)
        let refusal = refusal(of: "\"12\"") { json in try json.read(as: path()) as GridCode }
        #expect(refusal?.field == "area.grid")
        #expect(made == 1)
    }
}
