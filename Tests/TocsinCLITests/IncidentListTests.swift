import Testing
import TocsinModel

@testable import tocsin

/// The list of incidents: who is told, and where each stands.
@Suite struct IncidentListTests {
    /// An incident that was opened again: fire and ems have a second alert, and leader hears of it twice.
    private static let reopened = """
        {"report":{},"timeline":[],"alerts":[
          {"recipient":"fire","purpose":"action","state":"cancelled"},
          {"recipient":"leader@110101","purpose":"information","state":"received"},
          {"recipient":"ems","purpose":"information","state":"cancelled"},
          {"recipient":"fire","purpose":"action","state":"received"},
          {"recipient":"leader@110101","purpose":"action","state":"queued"},
          {"recipient":"ems","purpose":"information","state":"received"}]}
        """
    private static let informing = """
        {"report":{},"timeline":[],"alerts":[{"recipient":"ems","purpose":"information","state":"queued"}]}
        """

    private func line(_ page: String, isOpen: Bool = true) throws -> IncidentLine {
        let list = """
            {"incidents":[{"incident":20,"storedAt":"2026-11-23T08:10:00.000Z","event":"smoke","category":"Fire",\
            "sender":"desk-1","identifier":"a","severity":"Severe","status":"Actual","recipients":["fire"],\
            "open":\(isOpen)}]}
            """
        var line = try #require(try readAnswer(Array(list.utf8), IncidentLine.lines(of:)).first)
        try readAnswer(Array(page.utf8)) { (page) throws(Refusal) in try line.add(page) }
        return line
    }

    @Test func `each recipient is named once, however many alerts it has`() throws {
        let line = try line(Self.reopened)
        #expect(line.recipients == ["fire", "leader@110101", "ems"])
        #expect(line.state == "2 unanswered")
        #expect(line.csv.contains(",fire leader@110101 ems,"))
        let table = IncidentsView.lines([line], style: .plain, width: 120)
        #expect(table.last?.contains("fire, leader@110101, ems") == true)
    }

    @Test func `an incident that only informs says whether it is open`() throws {
        #expect(try line(Self.informing).state == "open, for information")
        #expect(try line(Self.informing, isOpen: false).state == "closed")
        #expect(try line(Self.informing).csv.contains(",for information,"))
    }
}
