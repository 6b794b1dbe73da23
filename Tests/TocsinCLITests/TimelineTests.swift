import Testing
import TocsinModel

@testable import tocsin

/// What happened to an incident, in the order of time.
@Suite struct TimelineTests {
    private func lines(_ times: [String]) throws -> [String] {
        let timeline = times.map { #"{"at":"\#($0)","state":"rung","recipient":"fire","number":1}"# }
        let page = """
            {"incident":7,"open":true,"storedAt":"\(times[0])","report":{"event":"flood","severity":"Severe",\
            "sent":"2026-11-23T08:10:00Z"},"alerts":[],"timeline":[\(timeline.joined(separator: ","))]}
            """
        let lines = try readAnswer(Array(page.utf8)) { (json) throws(Refusal) in
            try IncidentView.lines(json, style: .plain)
        }
        return Array(lines.drop { $0 != "Timeline" }.dropFirst())
    }

    @Test func `where the day changes the date has a line of its own`() throws {
        let times = ["2026-11-23T10:00:00Z", "2026-11-23T11:00:00Z", "2026-12-01T11:00:00Z", "2026-12-01T11:30:00Z"]
        let (day, later) = (try Clock.day(#require(Timestamp(times[0]))), try Clock.day(#require(Timestamp(times[2]))))
        #expect(day != later)
        let lines = try lines(times)
        #expect(lines.count == 5)
        #expect(lines[2] == "  \(later)")
        #expect(lines[3].contains("+8 d  rings again  fire #1"))
        #expect(!lines.contains("  \(day)"))
        #expect(lines.allSatisfy { $0.displayWidth <= 80 })
    }
}
