import Testing
import TocsinModel

/// Bytes that are no report, areas and resources, and the sizes that are refused.
struct ReportShapeTests {
    @Test(arguments: [
        "", " ", "{", "}", "{]", "nul", "{\"a\":}", "{\"a\":1,}", "{'a':1}", "{\"a\" 1}", "{} {}", "{}x", "\u{feff}",
        "{\"a\":01}", "{\"a\":\"\t\"}", "{\"a\":\"\\x\"}", "{\"a\":\"\\u12\"}", "{\"a\":NaN}", "TIP1 REPORT r",
    ])
    func `bytes that are not JSON are malformed`(text: String) {
        #expect(refusal(of: Array(text.utf8))?.code == .malformed)
    }

    @Test(arguments: ["[]", "[{}]", "\"report\"", "7", "-1.5", "true", "null"])
    func `JSON of another shape is malformed`(text: String) {
        #expect(refusal(of: Array(text.utf8))?.code == .malformed)
    }

    @Test(
        arguments: [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe6, 0xb6]] as [[UInt8]])
    func `text that is not UTF-8 is malformed`(bytes: [UInt8]) {
        let report = ReportJSON().with("headline", "\"?\"").text.utf8
        let broken = report.flatMap { $0 == UInt8(ascii: "?") ? bytes : [$0] }
        #expect(refusal(of: broken)?.code == .malformed)
    }

    @Test(arguments: ["\\ud800", "\\ud800\\u0041", "\\udc00", "\\udc00\\ud800"])
    func `half a surrogate pair never becomes a report's text`(escape: String) {
        #expect(ReportJSON().with("headline", "\"\(escape)\"").refusal?.code == .malformed)
    }

    @Test func `nesting is bounded`() {
        func nested(_ depth: Int) -> String {
            ReportJSON().with("x", String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).text
        }
        #expect(refusal(of: Array(nested(Limits.jsonDepth - 2).utf8)) == nil)
        #expect(refusal(of: Array(nested(Limits.jsonDepth + 1).utf8))?.code == .malformed)
        #expect(refusal(of: Array(nested(100_000).utf8))?.code == .malformed)
    }

    @Test func `a report above the limit is too large, one at the limit is not`() {
        let bytes = Array(ReportJSON().text.utf8)
        #expect(refusal(of: bytes, maximumBytes: bytes.count) == nil)
        #expect(refusal(of: bytes, maximumBytes: bytes.count - 1)?.code == .tooLarge)
        let standard = Limits().reportBytes
        #expect(refusal(of: [UInt8](repeating: 0x20, count: standard))?.code == .malformed)
        #expect(refusal(of: [UInt8](repeating: 0x20, count: standard + 1))?.code == .tooLarge)
    }

    @Test func `a decoder goes on after whatever it was given`() throws {
        let decoder = ReportDecoder()
        for wrong in ["", "{", "[]", String(repeating: "[", count: 5000)] {
            #expect(throws: Refusal.self) { try decoder.decode(Array(wrong.utf8)) }
            #expect(try decoder.decode(Array(ReportJSON().text.utf8)).event == "structure-fire")
        }
    }

    @Test(arguments: [
        ("{\"grid\":110101}", "area.grid"), ("{\"grid\":\"1101\"}", "area.grid"), ("{\"grid\":null}", "area.grid"),
        ("{\"areaDesc\":1}", "area.areaDesc"), ("{\"point\":\"39.9,116.4\"}", "area.point"),
        ("{\"point\":[39.9]}", "area.point"), ("{\"point\":[90.1,0]}", "area.point"),
        ("{\"point\":[0,180.5]}", "area.point"), ("{\"point\":[0,0,0]}", "area.point"),
        ("{\"point\":[\"39.9\",116.4]}", "area.point"), ("{\"polygon\":{}}", "area.polygon"),
        ("{\"polygon\":[[0,0],[0,1],[0,0]]}", "area.polygon"),
        ("{\"polygon\":[[0,0],[0,1],[1,1],[1,0]]}", "area.polygon"),
        ("{\"polygon\":[[0,0],[0,1],[91,1],[0,0]]}", "area.polygon"),
        ("{\"polygon\":\"38.47,-120.14 38.34,-119.95 38.52,-119.74 38.47,-120.14\"}", "area.polygon"),
        ("{\"polygon\":[]}", "area.polygon"), ("{\"polygon\":[0,0,0,0]}", "area.polygon"),
        ("{\"point\":[39.9,[116.4]]}", "area.point"), ("{\"point\":[]}", "area.point"),
        ("{\"point\":[39.9,116.4,null]}", "area.point"), ("{\"point\":{\"a\":1,\"b\":2}}", "area.point"),
    ])
    func `a wrong part of an area is named`(area: String, field: String) {
        let refusal = ReportJSON().with("area", area).refusal
        #expect(refusal?.code == .invalid)
        #expect(refusal?.field == field)
    }

    @Test func `a polygon above its limit is refused, saying how many points are allowed`() {
        func polygon(_ count: Int) -> ReportJSON {
            let points = (0..<count - 1).map { "[0,\(Double($0) / 100)]" } + ["[0,0]"]
            return ReportJSON().with("area", "{\"polygon\":[\(points.joined(separator: ","))]}")
        }
        #expect(polygon(Limits.polygonPoints).refusal == nil)
        let refusal = polygon(Limits.polygonPoints + 1).refusal
        #expect(refusal?.code == .invalid)
        #expect(refusal?.field == "area.polygon")
        #expect(
            refusal?.message == """
                The member area.polygon must be an array of 4 to 4096 points, the last the same as the first, each of them \
                [latitude, longitude]: -90 to 90 and -180 to 180 degrees; it is an array of 4097.
                """)
    }

    @Test(arguments: [
        "{}", "{\"point\":[39.94,116.41]}", "{\"point\":[-90,180]}", "{\"polygon\":[[0,0],[0,1],[1,1.5],[0,0]]}",
        "{\"areaDesc\":\"鼓楼东大街\",\"grid\":\"110101\"}",
    ])
    func `an area may say as much as it knows`(area: String) {
        #expect(ReportJSON().with("area", area).refusal == nil)
    }

    @Test(arguments: [
        ("{}", "resource.uri"), ("[{\"uri\":1}]", "resource.uri"),
        ("{\"uri\":\"u\",\"mimeType\":1}", "resource.mimeType"),
        ("{\"uri\":\"u\",\"digest\":1}", "resource.digest"), ("{\"uri\":\"u\",\"size\":-1}", "resource.size"),
        ("{\"uri\":\"u\",\"size\":1.5}", "resource.size"), ("{\"uri\":\"u\",\"size\":\"1\"}", "resource.size"),
        ("[\"u\"]", "resource"),
    ])
    func `a wrong part of a resource is named`(resource: String, field: String) {
        #expect(ReportJSON().with("resource", resource).refusal?.field == field)
    }

    @Test func `one resource or a list of them is taken`() {
        let resource = #"{"uri":"https://example.org/1.jpg","mimeType":"image/jpeg","size":123,"digest":"ab"}"#
        #expect(ReportJSON().with("resource", resource).refusal == nil)
        #expect(ReportJSON().with("resource", "[\(resource),\(resource)]").refusal == nil)
        #expect(ReportJSON().with("resource", "[]").refusal == nil)
    }
}
