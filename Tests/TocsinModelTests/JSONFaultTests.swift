import Testing
import TocsinModel

@Suite struct JSONFaultTests {
    @Test(arguments: [
        ("", 1, 1), ("  ", 1, 3), ("{", 1, 2), ("{\"a\":1,}", 1, 8), ("{\n  \"a\": 1\n  \"b\": 2\n}", 3, 3),
        ("{\"火\": 灾}", 1, 7), ("[1 2]", 1, 4), ("{\"a\" 1}", 1, 6), ("{a:1}", 1, 2), ("[01]", 1, 3),
        ("[1.]", 1, 4), ("[-]", 1, 3), ("[1e]", 1, 4), ("[tru]", 1, 5), ("\"a", 1, 3), ("\"a\nb\"", 1, 3),
        ("\"\\x\"", 1, 2), ("\"\\ud800\"", 1, 2), ("\"\\u12g4\"", 1, 2), ("{} {}", 1, 4), ("[1,\n\n 2,,3]", 3, 4),
        ("nul", 1, 4), ("'a'", 1, 1), ("[.5]", 1, 2),
    ])
    func `the first character at fault is found`(text: String, line: Int, column: Int) {
        let fault = JSONFault(text)
        #expect(fault?.line == line)
        #expect(fault?.column == column)
    }

    @Test func `a text that is cut off is told from one that is wrong`() {
        let whole = #"{"a":[1,{"b":"x"}],"c":true}"#
        for count in 1..<whole.utf8.count { #expect(JSONFault(String(whole.prefix(count)))?.isCutOff == true) }
        for wrong in ["{} {}", "{\"a\":1,}", "[1 2]", "nix"] { #expect(JSONFault(wrong)?.isCutOff == false) }
        let error = #expect(throws: Refusal.self) { try ReportDecoder().decode(Array(#"{"event":"fi"#.utf8)) }
        #expect(error?.message == "The report is not JSON: line 1, column 13: it ends before it is whole.")
    }

    @Test func `a byte that is not UTF-8 is at fault`() {
        let fault = Array("{\"a\":\"é\u{20}".utf8) + [0xff, 0x22, 0x7d]
        fault.withUnsafeBytes { bytes in
            let found = JSONFault(in: bytes)
            #expect(found?.line == 1)
            #expect(found?.column == 9)
        }
    }

    @Test func `what the parser takes has no fault, and what it refuses has one`() throws {
        let text = #"{"a":[1,-2.5e+3,true,null,"\u00e9\ud83d\udd25"],"b":{"火":"x\\y"},"c":""}"#
        let parser = JSONParser(maximumBytes: 1000)
        let changes: [UInt8] = Array("{}[],:\"\\0-.e+tun \u{1}".utf8) + [0x80, 0xff]
        var refused = 0
        for position in 0...text.utf8.count {
            for change in changes {
                for isInsertion in [true, false] {
                    var bytes = Array(text.utf8)
                    if isInsertion {
                        bytes.insert(change, at: position)
                    } else if position < bytes.count {
                        bytes[position] = change
                    }
                    let isTaken = (try? parser.parse(bytes) { _ in true }) ?? false
                    let fault = bytes.withUnsafeBytes { JSONFault(in: $0) }
                    #expect((fault == nil) == isTaken, "\(String(decoding: bytes, as: UTF8.self))")
                    if !isTaken { refused += 1 }
                }
            }
        }
        #expect(refused > 500)
    }

    @Test func `a refused report says where`() {
        let error = #expect(throws: Refusal.self) { try ReportDecoder().decode(Array("{\n\"event\" \"x\"}".utf8)) }
        #expect(error?.code == .malformed)
        #expect(error?.message.hasPrefix("The report is not JSON: line 2, column 9: ") == true)
    }
}

extension JSONFault {
    fileprivate init?(_ text: String) {
        var text = text
        guard let fault = text.withUTF8({ JSONFault(in: UnsafeRawBufferPointer($0)) }) else { return nil }
        self = fault
    }
}
