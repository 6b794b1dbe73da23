import Testing
import TocsinModel

/// The examples of CAP 1.2, appendix A, with their names and values, as this protocol's JSON.
struct CAPExampleTests {
    private func decode(_ json: String) throws -> Report { try ReportDecoder().decode(Array(json.utf8)) }

    @Test func `A.1, Homeland Security advisory`() throws {
        let report = try decode(
            """
            {"identifier": "43b080713727", "sender": "hsas@dhs.gov", "sent": "2003-04-02T14:39:01-05:00",
             "status": "Actual", "msgType": "Alert", "scope": "Public", "category": "Security",
             "event": "Homeland Security Advisory System Update", "urgency": "Immediate", "severity": "Severe",
             "certainty": "Likely", "senderName": "U.S. Government, Department of Homeland Security",
             "headline": "Homeland Security Sets Code ORANGE", "parameter": {"HSAS": "ORANGE"},
             "web": "http://www.dhs.gov/dhspublic/display?theme=29",
             "resource": {"resourceDesc": "Image file (GIF)", "mimeType": "image/gif",
                          "uri": "http://www.dhs.gov/dhspublic/getAdvisoryImage"},
             "area": {"areaDesc": "U.S. nationwide and interests worldwide"}}
            """)
        #expect(report.name == ReportName(sender: "hsas@dhs.gov", identifier: "43b080713727"))
        #expect(report.sent.description == "2003-04-02T19:39:01.000Z")
        #expect(report.category == .security)
        #expect(report.parameters == [.init(name: "HSAS", value: "ORANGE")])
        #expect(report.grid == nil)
    }

    @Test func `A.2, severe thunderstorm`() throws {
        let report = try decode(
            """
            {"identifier": "KSTO1055887203", "sender": "KSTO@NWS.NOAA.GOV", "sent": "2003-06-17T14:57:00-07:00",
             "status": "Actual", "msgType": "Alert", "category": "Met", "event": "SEVERE THUNDERSTORM",
             "responseType": "Shelter", "urgency": "Immediate", "severity": "Severe", "certainty": "Observed",
             "eventCode": {"SAME": "SVR"}, "expires": "2003-06-17T16:00:00-07:00",
             "instruction": "TAKE COVER IN A SUBSTANTIAL SHELTER UNTIL THE STORM PASSES.",
             "contact": "BARUFFALDI/JUSKIE",
             "area": {"areaDesc": "EXTREME NORTH CENTRAL TUOLUMNE COUNTY IN CALIFORNIA",
                      "polygon": [[38.47, -120.14], [38.34, -119.95], [38.52, -119.74], [38.62, -119.89],
                                  [38.47, -120.14]],
                      "geocode": {"SAME": ["006109", "006009", "006003"]}}}
            """)
        #expect(report.category == .met)
        #expect(report.eventCodes == [.init(name: "SAME", value: "SVR")])
        #expect(report.sent.description == "2003-06-17T21:57:00.000Z")
        #expect(report.polygon?.points.count == 5)
        #expect(report.polygon?.points[2] == Point(latitude: 38.52, longitude: -119.74))
    }

    @Test func `A.3, earthquake, an update of an earlier report`() throws {
        let report = try decode(
            """
            {"identifier": "TRI13970876.2", "sender": "trinet@caltech.edu", "sent": "2003-06-11T20:56:00-07:00",
             "status": "Actual", "msgType": "Update", "scope": "Public",
             "references": "trinet@caltech.edu,TRI13970876.1,2003-06-11T20:30:00-07:00", "category": "Geo",
             "event": "Earthquake", "urgency": "Past", "severity": "Minor", "certainty": "Observed",
             "headline": "EQ 3.4 Imperial County CA",
             "parameter": {"EventID": "13970876", "Version": "1", "Magnitude": "3.4 Ml", "Depth": "11.8 mi.",
                           "Quality": "Excellent"},
             "area": {"areaDesc": "1 mi. WSW of Brawley, CA", "circle": "32.9525,-115.5527 0"}}
            """)
        #expect(report.messageType == .update)
        #expect(report.references == "trinet@caltech.edu,TRI13970876.1,2003-06-11T20:30:00-07:00")
        #expect(report.urgency == .past)
        #expect(report.parameters.count == 5)
    }

    @Test func `A.4, child abduction, in Spanish`() throws {
        let report = try decode(
            """
            {"identifier": "KAR0-0306112239-SW", "sender": "KARO@CLETS.DOJ.CA.GOV",
             "sent": "2003-06-11T22:39:00-07:00", "status": "Actual", "msgType": "Alert", "source": "SW",
             "language": "es-US", "category": "Rescue", "event": "Abducción de Niño", "urgency": "Immediate",
             "severity": "Severe", "certainty": "Likely", "eventCode": {"SAME": "CAE"},
             "headline": "Alerta Amber en el condado de Los Ángeles",
             "description": "VÍCTIMAS: KHAYRI DOE JR. M/B BLK/BRO 3'0\\", 40 LIBRAS.",
             "area": {"areaDesc": "condado de Los Ángeles"}}
            """)
        #expect(report.event == "Abducción de Niño")
        #expect(report.headline == "Alerta Amber en el condado de Los Ángeles")
        #expect(report.category == .rescue)
    }
}
