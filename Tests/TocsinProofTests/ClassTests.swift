import Testing
import TocsinModel
import TocsinRouting

@testable import TocsinProof

/// The classes of times, places, senders and events.
struct ClassTests {
    @Test func `a shift that ends an hour before the next begins leaves a gap, over midnight too`() throws {
        let rules = """
              - { name: day, when: { during: 08:00-20:00 Asia/Shanghai }, notify: fire }
              - { name: night, when: { during: 21:00-08:00 Asia/Shanghai }, notify: gas }

            """
        let proof = try prove(rules)
        #expect(proof.gapLines == ["time any other"])
        let at = try #require(proof.gaps.first?.example?.at)
        #expect(at.description.hasSuffix("T12:00:00.000Z"))
        #expect(try prove(rules.replacing("21:00", with: "20:00")).gaps == [])
    }

    @Test func `a night of some days belongs to the day on which it begins`() throws {
        let rules = """
              - { name: week, when: { during: Mon-Fri UTC }, notify: fire }
              - { name: night, when: { during: Fri 18:00-06:00 UTC }, notify: gas }
              - { name: weekend, when: { during: Sat-Sun 06:00-24:00 UTC }, notify: gas }

            """
        // Nobody is there on Sundays before six.
        let proof = try prove(rules)
        #expect(proof.gaps.count == 1)
        #expect(proof.gaps.first?.example?.at.date.weekday == .sunday)
        #expect(try prove(rules.replacing("Fri 18:00", with: "Fri-Sat 18:00")).gaps == [])
    }

    @Test func `days off and moved working days are looked at`() throws {
        let yaml = "off: [2026-10-01/2026-10-07]\nwork: [2026-10-10]\n"
        let holidays = try Holidays(yaml: yaml, file: "holidays.yaml", today: nil)
        let rules = """
              - { name: work, when: { during: workdays UTC }, notify: fire }
              - { name: weekend, when: { during: Sat-Sun UTC, not: { during: holidays UTC } }, notify: gas }

            """
        let proof = try prove(rules, holidays: holidays)
        let date = try #require(proof.gaps.first?.example?.at.date)
        #expect(holidays.isOff(date))
        #expect(proof.gaps.count == 1)
        let all = rules + "  - { name: off, when: { during: holidays UTC }, notify: gas }\n"
        #expect(try prove(all, holidays: holidays).gaps == [])
        // A Saturday on which people work is no weekend.
        let moved = "  - { name: moved, when: { during: [workdays UTC], not: { during: Mon-Fri UTC } }, notify: gas }\n"
        #expect(try prove(all + moved, holidays: holidays).idleLines == ["moved"])
    }

    @Test func `the hour that clocks leave out is not taken for one that there is`() throws {
        let rules = """
              - { name: rest, when: { not: { during: Sun 02:00-03:00 Europe/Berlin } }, notify: fire }
              - name: left out
                when: { during: Sun 02:00-03:00 Europe/Berlin, not: { during: Sun 00:00-02:00 UTC } }
                notify: gas

            """
        // In winter 02:00 in Berlin is 01:00, in summer 00:00; on the day of the change in autumn it is there twice.
        #expect(try prove(rules).idleLines == ["left out"])
    }

    @Test func `places are told apart by what rules name, with a border or without, and so is having none`() throws {
        let rules = """
              - { name: here, when: { within: 110101005 }, notify: police@grid }
              - { name: there, when: { within: [110101006], category: Fire }, notify: police@street }

            """
        let proof = try prove(rules)
        #expect(proof.gapLines.count == 2)
        #expect(proof.gapLines.contains("place any other"))
        #expect(proof.gapLines.contains { $0.hasPrefix("place 110101006; category Geo, ") })
        let all = "  - { name: all, when: { not: { within: [110101005, 110101006] } }, notify: fire }\n"
        #expect(try prove(rules.replacing(", category: Fire", with: "") + all).gaps == [])
    }

    @Test func `without a directory of places the places are those that rules name`() throws {
        let directory = try makeDirectory(
            departments: departmentsYAML, grids: nil)
        let rules = """
              - { name: here, when: { within: 330101 }, notify: fire }
              - { name: inside, when: { within: 330101005, not: { within: 330101 } }, notify: fire }

            """
        #expect(try prove(rules, directory: directory).idleLines == ["inside"])
    }

    @Test func `a sender may match several patterns, and none that no sender can have`() throws {
        func senders(_ patterns: [String]) -> Set<[Int32]> {
            let atoms = patterns.enumerated().map { (number: Int32($0.offset), patterns: [SenderPattern($0.element)]) }
            return Set(Senders(atoms).choices.map(\.truths))
        }
        #expect(senders(["a*", "*b"]) == [[], [0], [1], [0, 1]])
        #expect(senders(["ab", "a*"]) == [[], [1], [0, 1]])
        #expect(senders(["*a*", "*a*a*"]) == [[], [0], [0, 1]])
        #expect(senders(["*"]) == [[0]])
        #expect(senders(["手持-*", "*-7"]) == [[], [0], [1], [0, 1]])
        #expect(senders(["a b*"]) == [[]])
        // A name by itself takes no class away from the others.
        #expect(senders(["a", "a*"]) == [[], [1], [0, 1]])
        #expect(senders(["b", "a*"]) == [[], [0], [1]])
        #expect(senders(["a", "*a"]) == [[], [1], [0, 1]])
    }

    @Test func `a sender may have letters that no pattern begins with`() throws {
        let patterns = "abcdefghijklmnopqrstuvwxyz0123456789".map { "\"\($0)*\"" }.joined(separator: ", ")
        let proof = try prove("  - { name: s, when: { sender: [\(patterns)] }, notify: fire }\n")
        let example = try #require(proof.gaps.first?.example)
        #expect(String(decoding: example.report, as: UTF8.self).contains("\"sender\":\"A\""))
    }

    @Test func `two events at once fall through where each rule excludes the other's event`() throws {
        let rules = """
              - { name: a, when: { event: a, not: { event: b } }, notify: fire }
              - { name: b, when: { event: b, not: { event: a } }, notify: fire }
              - { name: rest, when: { not: { event: [a, b] } }, notify: fire }

            """
        let proof = try prove(rules)
        #expect(proof.gapLines == ["event a with b"])
        let example = try #require(proof.gaps.first?.example)
        let report = try ReportDecoder().decode(example.report)
        #expect(report.eventCodes.map(\.value) == ["b"])
    }

    @Test func `the value of an event code is an event`() throws {
        let rules = """
              - { name: code, when: { event-code: { SAME: FRW } }, inform: gas }
              - { name: event, when: { event: FRW }, notify: fire }
              - { name: rest, when: { not: { any: [{ event: FRW }, { event-code: { SAME: FRW } }] } }, notify: fire }

            """
        let proof = try prove(rules)
        #expect(proof.informed == [])
        #expect(proof.gaps == [])
        #expect(proof.extent.isComplete)
    }
}
