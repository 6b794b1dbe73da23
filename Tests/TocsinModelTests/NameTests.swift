import Testing
import TocsinModel

/// Texts that are names are compared as bytes: these two are the same to Unicode.
struct NameTests {
    private let composed = "caf\u{e9}"
    private let decomposed = "cafe\u{301}"

    @Test func `a report's name is its bytes`() {
        #expect(composed == decomposed)
        let names = [composed, decomposed].flatMap { sender in
            [composed, decomposed].map { ReportName(sender: sender, identifier: $0) }
        }
        #expect(Set(names).count == 4)
        #expect(ReportName(sender: "a", identifier: composed) == ReportName(sender: "a", identifier: composed))
        #expect(ReportName(sender: "ab", identifier: "c") != ReportName(sender: "a", identifier: "bc"))
    }

    @Test func `a person, a plan and an addressee are what they say, byte for byte`() throws {
        #expect(Set([Person(by: composed), Person(by: decomposed)]).count == 2)
        #expect(Person(by: "Wang", note: composed) != Person(by: "Wang", note: decomposed))
        #expect(Person(by: "Wang", note: nil) != Person(by: "Wang", note: ""))
        let plans = [composed, decomposed].map {
            Plan(rule: $0, acknowledgeWithin: .seconds(60), watched: [0], steps: [])
        }
        #expect(Set(plans).count == 2)
        let fire = try #require(Recipient("fire"))
        let addressees = [composed, decomposed].map {
            Addressee(recipient: fire, purpose: .information, rule: "smoke", note: $0)
        }
        #expect(Set(addressees).count == 2)
    }
}
