import Testing
import TocsinModel
import TocsinWire

@testable import TocsinClient

extension ClientOptions {
    /// Comes back quickly, and is never impatient by itself.
    static let test = ClientOptions(
        reconnect: Backoff(minimum: .milliseconds(5), maximum: .milliseconds(20)), answerTimeout: .seconds(3600),
        closeTimeout: .seconds(30))

    /// As `test`, but a silent broker is asked again at once.
    static let impatient = ClientOptions(
        reconnect: Backoff(minimum: .milliseconds(5), maximum: .milliseconds(20)), answerTimeout: .milliseconds(20),
        closeTimeout: .seconds(30))
}

/// Text on the wire.
enum Text {
    static func receipt(_ incident: Int, isDuplicate: Bool = false) -> String {
        """
        {"incident":\(incident),"duplicate":\(isDuplicate),"storedAt":"2026-11-23T08:10:00.123Z","recipients":\
        [{"recipient":"fire","purpose":"action","rule":"structure fire","terminals":2}]}
        """
    }

    static func envelope(incident: Int = 7, redelivered: Bool = false) -> String {
        """
        {"incident":\(incident),"purpose":"action","rule":"structure fire","severity":"Severe",\
        "acknowledgeBy":"2026-11-23T08:11:00.000Z","attempt":1,"redelivered":\(redelivered),"escalation":0,\
        "status":"Actual","storedAt":"2026-11-23T08:10:00.123Z"}
        """
    }

    static let joined = #"{"pending":0,"heartbeatMs":3600000}"#

    static func progress(_ state: String, recipient: String = "fire", number: Int = 1) -> String {
        #"{"state":"\#(state)","at":"2026-11-23T08:10:00.000Z","recipient":"\#(recipient)","number":\#(number)}"#
    }

    static let closed = #"{"state":"closed","at":"2026-11-23T08:10:00.000Z"}"#
}

let report = Array(#"{"identifier":"1","sender":"test"}"#.utf8)

func recipient(_ name: String) throws -> Recipient { try #require(Recipient(name)) }

extension FakeBroker {
    /// Hears a JOIN and lets the terminal in.
    @discardableResult
    func letJoin(_ joined: String = Text.joined) async -> Said {
        let said = await next()
        #expect(said.command == "JOIN")
        say(to: said, "JOINED \(said.subject)", joined)
        return said
    }

    func alert(_ number: Int, to said: Said, redelivered: Bool = false) {
        say(
            to: said, "ALERT \(said.subject) \(number)", Text.envelope(redelivered: redelivered),
            #"{"identifier":"\#(number)"}"#)
    }

    /// Hears RECEIVED until every one of the numbers has been named; how they are put together is the client's affair.
    func hearReceived(_ numbers: ClosedRange<Int>) async throws {
        var missing = Set(numbers)
        while !missing.isEmpty {
            let said = await next()
            try #require(said.command == "RECEIVED", "\(said.words) came instead")
            let list = try Array(said.words[2].utf8).withUnsafeBytes { try NumberList(utf8: $0) }
            for number in list.ranges.joined() {
                let wasMissing = missing.remove(Int(number.value)) != nil
                #expect(wasMissing, "\(number) was not expected")
            }
        }
    }

    /// Knows that the client has heard, and answered, everything up to here.
    func ping(_ said: Said, _ payload: String = "barrier") async {
        say(to: said, "PING \(payload)")
        let answer = await next()
        #expect(answer.words == ["PONG", payload])
    }
}

/// The error that `body` throws, as the client's own; nil where it throws none or another.
func clientError<Value>(_ body: () async throws -> Value) async -> ClientError? {
    do {
        _ = try await body()
        return nil
    } catch {
        return error as? ClientError
    }
}
