import Testing
import TocsinModel

@testable import TocsinClient

struct ReportDraftTests {
    @Test func `a draft says what a broker reads`() throws {
        let draft = ReportDraft(
            sender: "officer-17@110101005", identifier: "a-1", sent: Timestamp("2026-11-23T08:10:00.000Z"),
            event: "structure-fire", category: .fire, severity: .severe, urgency: .immediate, certainty: .observed,
            status: .exercise, messageType: .update, references: "s,i,2026-11-23T08:00:00Z",
            headline: "东城区胡同起火 \"smoke\"", description: "Two\nlines", instruction: "Stay away", contact: "110",
            grid: GridCode("110101005003002"), areaDescription: "南锣鼓巷", point: Point(latitude: 39.9, longitude: 116.4),
            eventCodes: [.init(name: "GB", value: "11A01")], parameters: [.init(name: "trapped", value: "true")])
        let report = try ReportDecoder().decode(draft.json())
        #expect(
            report
                == Report(
                    name: ReportName(sender: "officer-17@110101005", identifier: "a-1"),
                    sent: Timestamp(milliseconds: draft.sent.milliseconds), event: "structure-fire", category: .fire,
                    severity: .severe, urgency: .immediate, certainty: .observed, status: .exercise,
                    messageType: .update, references: "s,i,2026-11-23T08:00:00Z", headline: "东城区胡同起火 \"smoke\"",
                    eventCodes: [.init(name: "GB", value: "11A01")],
                    parameters: [.init(name: "trapped", value: "true")], grid: GridCode("110101005003002"),
                    point: Point(latitude: 39.9, longitude: 116.4)))
    }

    @Test func `a draft with the least a report needs is accepted`() throws {
        let draft = ReportDraft(sender: "sensor-1", event: "gas", category: .safety, severity: .minor)
        let report = try ReportDecoder().decode(draft.json())
        #expect(report.name == ReportName(sender: "sensor-1", identifier: draft.identifier))
        #expect(report.grid == nil)
    }

    @Test func `a draft is the same report each time it is sent`() {
        let draft = ReportDraft(sender: "sensor-1", event: "gas", category: .safety, severity: .minor)
        #expect(draft.json() == draft.json())
    }

    @Test func `an identifier is a version 7 UUID that sorts by time`() {
        // The time of the example in RFC 9562, appendix A.6, and its random bits.
        let time = Timestamp(milliseconds: 0x017f_22e2_79b0)
        let identifier = ReportIdentifier.make(at: time, random: (0xcc3, 0x18c4_dc0c_0c07_398f))
        #expect(identifier == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f")
        let later = ReportIdentifier.make(at: Timestamp(milliseconds: time.milliseconds + 1), random: (0, 0))
        #expect(identifier < later)
    }

    @Test func `identifiers differ`() {
        #expect(Set((1...1000).map { _ in ReportIdentifier.make() }).count == 1000)
    }
}
