import Foundation
import Testing
import TocsinModel

@testable import TocsinRouting

struct ZoneTests {
    private static let names = [
        "Asia/Shanghai", "Asia/Kolkata", "Asia/Kathmandu", "Europe/Berlin", "Europe/Dublin", "America/New_York",
        "America/Sao_Paulo", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Chatham",
        "Pacific/Kiritimati", "Africa/Casablanca", "Africa/Cairo", "Asia/Tehran", "Antarctica/Troll", "Etc/GMT-8",
    ]

    private func clock(_ zone: Zone, _ text: String) throws -> String {
        zone.clockTime(at: try #require(Timestamp(text))).description
    }

    @Test(arguments: names) func `clocks show what the C library's tables say`(name: String) throws {
        let zone = try ZoneData.system.zone(named: name)
        let other = try #require(TimeZone(identifier: name))
        // Every 9 hours for 130 years, and every minute of a year's changes.
        for second in stride(from: -1_000_000_000 as Int64, to: 2_100_000_000, by: 9 * 3600 + 17) {
            let expected = other.secondsFromGMT(for: Date(timeIntervalSince1970: Double(second)))
            guard zone.offset(at: second) != expected else { continue }
            Issue.record("\(name) at \(second): \(zone.offset(at: second)), and not \(expected)")
            return
        }
    }

    @Test(arguments: names) func `the rule for what comes later goes on as the changes before it`(name: String) throws {
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: "/usr/share/zoneinfo/\(name)")))
        let footer = bytes.dropLast().split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).last ?? []
        let rule = try #require(ZoneRule(footer))
        let zone = try #require(Zone(name: name, tzif: bytes))
        // Morocco's changes are listed, for they follow the moon.
        guard name != "Africa/Casablanca" else { return }
        let start = try #require(Timestamp("2027-01-01T00:00:00Z")).milliseconds / 1000
        for second in stride(from: start, to: start + 9 * 366 * 86_400, by: 1800) {
            guard zone.offset(at: second) != rule.offset(at: second) else { continue }
            Issue.record("\(name) at \(second)")
            return
        }
    }

    @Test func `an hour is there twice in autumn, and one is missing in spring`() throws {
        let berlin = try ZoneData.system.zone(named: "Europe/Berlin")
        #expect(try clock(berlin, "2026-10-25T00:30:00Z") == "Sun 2026-10-25 02:30")
        #expect(try clock(berlin, "2026-10-25T01:30:00Z") == "Sun 2026-10-25 02:30")
        #expect(try clock(berlin, "2026-03-29T00:59:59Z") == "Sun 2026-03-29 01:59")
        #expect(try clock(berlin, "2026-03-29T01:00:00Z") == "Sun 2026-03-29 03:00")
        // Beyond all tables, by the rule.
        #expect(try clock(berlin, "2099-07-01T10:00:00Z") == "Wed 2099-07-01 12:00")
        #expect(try clock(berlin, "2099-12-31T23:00:00Z") == "Fri 2100-01-01 00:00")
    }

    @Test func `the southern summer goes on over the new year`() throws {
        let rule = try #require(ZoneRule(Array("AEST-10AEDT,M10.1.0,M4.1.0/3".utf8)[...]))
        for (text, hours) in [("2050-01-01T00:00:00Z", 11), ("2050-07-01T00:00:00Z", 10), ("2050-12-31T23:59:59Z", 11)]
        {
            #expect(rule.offset(at: try #require(Timestamp(text)).milliseconds / 1000) == hours * 3600)
        }
    }

    @Test(arguments: [
        ("UTC0", 0), ("<+0330>-3:30", 12_600), ("EST5EDT,0/0,J365/25", -14_400), ("XXX-2<+01>-1,0/0,J365/23", 3600),
        ("IST-1GMT0,M10.5.0,M3.5.0/1", 3600), ("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", -3600),
    ]) func `a rule is read as POSIX and RFC 9636 have it`(text: String, inJuly: Int) throws {
        let rule = try #require(ZoneRule(Array(text.utf8)[...]))
        #expect(rule.offset(at: try #require(Timestamp("2045-07-10T12:00:00Z")).milliseconds / 1000) == inJuly)
    }

    @Test(arguments: [
        "", "A0", "EST", "EST5EDT,M3.2.0", "EST5EDT,M13.2.0,M11.1.0", "EST5EDT,J0,J5", "EST5 ", "<EST5", "EST999",
    ])
    func `what is no rule is none`(text: String) {
        #expect(ZoneRule(Array(text.utf8)[...]) == nil)
    }

    @Test func `a damaged file is no zone, wherever it ends`() throws {
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: "/usr/share/zoneinfo/Europe/Berlin")))
        for count in stride(from: 0, to: bytes.count, by: 7) {
            #expect(Zone(name: "x", tzif: Array(bytes[..<count])) == nil)
        }
        var huge = bytes
        huge.replaceSubrange(32..<36, with: [0x7f, 0xff, 0xff, 0xff])
        #expect(Zone(name: "x", tzif: huge) == nil)
    }

    @Test func `names are looked up, and nothing outside the folder`() throws {
        #expect(try ZoneData.system.zone(named: "UTC") == .utc)
        #expect(throws: ZoneData.Problem.unknown(nearest: "Asia/Shanghai")) {
            try ZoneData.system.zone(named: "Asia/Shangai")
        }
        #expect(throws: ZoneData.Problem.self) { try ZoneData.system.zone(named: "../zoneinfo/Asia/Shanghai") }
        #expect(throws: ZoneData.Problem.self) { try ZoneData.system.zone(named: "/etc/localtime") }
        let folder = FileManager.default.temporaryDirectory.appending(path: "zones-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data("no zone".utf8).write(to: folder.appending(path: "Here"))
        #expect(throws: ZoneData.Problem.unreadable) { try ZoneData.in(folder).zone(named: "Here") }
        #expect(throws: ZoneData.Problem.notInstalled) {
            try ZoneData.none.zone(named: "Asia/Shanghai")
        }
    }
}
