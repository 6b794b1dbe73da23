import Testing
import TocsinClient
import TocsinModel
import TocsinWire

@testable import tocsin

@Suite struct AlertBoardTests {
    @Test func `a terminal's bytes are keys, arrows and Chinese included`() {
        #expect(
            Key.keys(in: Array("a\u{1b}[A\u{1b}OB王\u{7f}\r".utf8)) == [
                .character("a"), .up, .down, .character("王"), .backspace, .enter,
            ])
        #expect(Key.keys(in: [0x1b]) == [.escape])
        #expect(Key.keys(in: Array("\u{1b}[3~q".utf8)) == [.character("q")])
    }

    @Test func `the name is asked for once, before the first word`() {
        var board = AlertBoard()
        board.add(alert(1))
        #expect(board.press(.character("a")) == nil)
        #expect(board.prompt == .name(for: .acknowledge))
        for key in Key.keys(in: Array("王医生".utf8)) { #expect(board.press(key) == nil) }
        let first = board.press(.enter)
        guard case .say(let said, .acknowledge, "王医生", nil) = first else {
            Issue.record("\(String(describing: first))")
            return
        }
        #expect(said.number == AlertNumber(1))
        guard case .say(_, .status(.onScene), "王医生", nil) = board.press(.character("o")) else {
            Issue.record("The name was asked for again.")
            return
        }
    }

    @Test func `declining asks why`() {
        var board = named()
        board.add(alert(1))
        #expect(board.press(.character("d")) == nil)
        for key in Key.keys(in: Array("no crew".utf8)) { _ = board.press(key) }
        guard case .say(_, .decline, "Wang", "no crew") = board.press(.enter) else {
            Issue.record("The reason did not come along.")
            return
        }
    }

    @Test func `escape forgets what was typed`() {
        var board = AlertBoard()
        board.add(alert(1))
        _ = board.press(.character("a"))
        _ = board.press(.character("x"))
        #expect(board.press(.escape) == nil)
        #expect(board.prompt == nil)
        #expect(board.name == nil)
    }

    @Test func `what somebody else has taken is shown with the name`() {
        var board = AlertBoard()
        board.add(alert(1))
        board.apply(.taken(fire, AlertNumber(1), PersonalWord(person: Person(by: "Li, desk 1"))))
        #expect(board.entries.first?.isOpen == false)
        #expect(board.entries.first?.person == "Li, desk 1")
    }

    @Test func `an alert that comes again is on the board once`() {
        var board = AlertBoard()
        board.add(alert(1))
        board.add(alert(1))
        #expect(board.entries.count == 1)
    }

    @Test func `who has answered is taken to the next alert that is open`() {
        var board = named()
        board.add(alert(1))
        board.add(alert(2))
        #expect(board.selection == 0)
        board.confirm(alert(1), .success(.acknowledged), by: "Wang")
        board.add(alert(3))
        #expect(board.selected?.alert.number == AlertNumber(3))
    }

    @Test func `the board is bounded, and what is open stays longest`() {
        var board = AlertBoard()
        board.add(alert(1))
        for number in 2...AlertBoard.maximumEntries + 1 { board.add(alert(Int64(number), purpose: .information)) }
        #expect(board.entries.count == AlertBoard.maximumEntries)
        #expect(board.entries.first?.alert.number == AlertNumber(1))
    }

    @Test func `the screen fits, whatever its size`() {
        var board = AlertBoard()
        for number in 1...40 { board.add(alert(Int64(number))) }
        for (width, height) in [(80, 24), (40, 10), (200, 60)] {
            let lines = board.lines(
                width: width, height: height, title: "fire", style: .plain, now: Timestamp(milliseconds: 0))
            #expect(lines.count <= height)
            #expect(lines.contains { $0.contains("同心坊平房起火") } || width < 80)
        }
    }

    private let fire: Recipient

    init() throws {
        fire = try #require(Recipient("fire"))
    }

    private func named() -> AlertBoard { AlertBoard(name: "Wang") }

    private func alert(_ number: Int64, purpose: Purpose = .action) -> Alert {
        Alert(
            recipient: fire, number: AlertNumber(number),
            envelope: Envelope(
                incident: IncidentNumber(number), purpose: purpose, rule: "火灾 structure fire", severity: .severe,
                acknowledgeBy: purpose == .action ? Timestamp(milliseconds: 60_000) : nil, attempt: 1,
                isRedelivered: false, escalation: 0, status: .actual, storedAt: Timestamp(milliseconds: 0)),
            report: Array(#"{"event":"structure-fire","headline":"同心坊平房起火","area":{"areaDesc":"北新桥"}}"#.utf8))
    }
}
