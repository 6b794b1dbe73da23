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

    @Test(arguments: ["", "  "])
    func `without a name nothing is said, and it is still asked for`(typed: String) {
        var board = AlertBoard()
        board.add(alert(1))
        _ = board.press(.character("d"))
        for character in typed { _ = board.press(.character(character)) }
        #expect(board.press(.enter) == nil)
        #expect(board.prompt == .name(for: .decline))
        #expect(board.message.hasPrefix("A name is needed"))
        for key in Key.keys(in: Array("Li\r".utf8)) { _ = board.press(key) }
        #expect((board.prompt, board.name, board.message) == (.reason, "Li", ""))
    }

    @Test(arguments: [
        (200, "↑↓ select"), (80, "↑↓ select"), (72, "↑↓  a"), (60, "a acknowl."), (40, "a ack"), (20, "a  e"),
    ])
    func `the keys are all named, however narrow the screen is`(width: Int, beginning: String) {
        var board = AlertBoard()
        board.add(alert(1))
        let last = board.lines(
            width: width, height: 24, title: "fire", style: .plain, now: Timestamp(milliseconds: 0)
        ).last
        #expect(last?.hasPrefix(beginning) == true, "\(last ?? "")")
        let words = last?.split(separator: " ") ?? []
        for key in ["a", "e", "o", "r", "d", "q"] { #expect(words.contains(Substring(key)), "\(last ?? "")") }
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

    @Test(arguments: [AlertState.resolved, .declined, .cancelled])
    func `who is done with an alert is taken to the next one that comes`(state: AlertState) {
        var board = named()
        board.add(alert(1))
        board.add(alert(2))
        #expect(board.selection == 0)
        board.confirm(alert(1), .success(state), by: "Wang")
        board.add(alert(3))
        #expect(board.selected?.alert.number == AlertNumber(3))
    }

    @Test(arguments: [AlertState.acknowledged, .enRoute, .onScene])
    func `the keys stay with an alert that is taken and not over`(state: AlertState) {
        var board = named()
        board.add(alert(1))
        board.confirm(alert(1), .success(state), by: "Wang")
        board.add(alert(2))
        guard case .say(let said, .status(.resolved), "Wang", nil) = board.press(.character("r")) else {
            Issue.record("The key did nothing.")
            return
        }
        #expect(said.number == AlertNumber(1))
    }

    @Test func `what only informs gives way to what must be answered`() {
        var board = named()
        board.add(alert(1, purpose: .information))
        board.add(alert(2))
        #expect(board.selected?.alert.number == AlertNumber(2))
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

    @Test func `where only two rows have room, they are the most urgent one and the selected one`() {
        var board = AlertBoard(name: "Wang")
        board.add(alert(1, severity: .extreme))
        for number in 2...6 { board.add(alert(Int64(number))) }
        for _ in 1...5 { _ = board.press(.down) }
        let lines = board.lines(width: 100, height: 9, title: "", style: .plain, now: Timestamp(milliseconds: 0))
        #expect(lines[1].contains("Extreme"))
        #expect(lines[2].hasPrefix("▶"))
    }

    @Test func `no line is wider than the screen, whatever its width and whatever there is to say`() throws {
        let styles = [Style.plain, Style(isColoured: true)]
        let boards = [try crowdedBoard(), try crowdedBoard().typing("申请增援" + String(repeating: "很长", count: 30))]
        for width in 20...200 {
            for (board, style) in boards.flatMap({ board in styles.map { (board, $0) } }) {
                let lines = board.lines(
                    width: width, height: 30, title: "fire, police@110101005", style: style,
                    now: Timestamp(milliseconds: 0))
                let tooWide = lines.filter { $0.displayWidth > width }
                #expect(tooWide.isEmpty, "at \(width) columns")
                #expect(lines.count <= 30)
            }
        }
    }

    @Test func `rows of several recipients say whose they are, and states are words`() throws {
        let lines = try crowdedBoard().lines(
            width: 120, height: 40, title: "", style: .plain, now: Timestamp(milliseconds: 0))
        #expect(lines.contains { $0.contains("police@110101005 同心坊") && $0.contains("en route") })
        #expect(lines.contains { $0.contains("fire             同心坊") && $0.contains("on scene") })
        #expect(!lines.contains { $0.contains("enRoute") || $0.contains("onScene") })
    }

    @Test func `a name is shown whole beside the selected alert`() {
        let name = "东城区消防救援支队北新桥站值班队长欧阳建国 Ouyang Jianguo, desk 2 of the night shift"
        var board = AlertBoard()
        board.add(alert(1))
        board.confirm(alert(1), .success(.acknowledged), by: name)
        let lines = board.lines(width: 60, height: 24, title: "", style: .plain, now: Timestamp(milliseconds: 0))
        let text = lines.map { $0.drop { $0 == " " } }.joined(separator: " ").replacing(" ", with: "")
        #expect(text.contains("acknowledged," + name.replacing(" ", with: "")))
    }

    @Test(arguments: ["a", "d", "e", "o", "r"])
    func `nothing more is said of an alert that is settled`(key: Character) {
        var board = named()
        board.add(alert(1))
        board.confirm(alert(1), .success(.resolved), by: "Wang")
        #expect(board.press(.character(key)) == nil)
        #expect(board.prompt == nil)
        #expect(board.message == "fire #1 is resolved: there is nothing more to say.")
    }

    @Test func `what was said already is not said again`() {
        var board = named()
        board.add(alert(1))
        board.confirm(alert(1), .success(.acknowledged), by: "Wang")
        #expect(board.press(.character("a")) == nil)
        #expect(board.message == "fire #1 is acknowledged already.")
        guard case .say(_, .status(.enRoute), _, _) = board.press(.character("e")) else {
            Issue.record("The next step was refused.")
            return
        }
    }

    @Test func `what must be answered is in front, the most severe first and then the oldest`() {
        var board = AlertBoard()
        board.add(alert(1, severity: .minor))
        board.add(alert(2, purpose: .information, severity: .extreme))
        board.add(alert(3, severity: .severe))
        board.add(alert(4, severity: .extreme))
        board.add(alert(5, severity: .severe))
        #expect(board.entries.map(\.alert.number.value) == [4, 3, 5, 1, 2])
        #expect(board.selected?.alert.number == AlertNumber(1))
    }

    @Test func `a new alert that is worse than all others is on the screen wherever one looks`() {
        var board = AlertBoard()
        for number in 1...200 { board.add(alert(Int64(number))) }
        for _ in 1...199 { _ = board.press(.down) }
        board.add(alert(201, severity: .extreme))
        let lines = board.lines(width: 100, height: 24, title: "", style: .plain, now: Timestamp(milliseconds: 0))
        #expect(lines.contains { $0.contains("I Extreme") })
        #expect(lines.contains { $0.hasPrefix("▶") })
    }

    @Test func `the selection stays with its alert while a reason is typed`() {
        var board = named()
        board.add(alert(1))
        _ = board.press(.character("d"))
        board.add(alert(2, severity: .extreme))
        board.apply(.taken(fire, AlertNumber(1), PersonalWord(person: Person(by: "Li"))))
        board.add(alert(3, severity: .extreme))
        guard case .say(let said, .decline, _, _) = board.press(.enter) else {
            Issue.record("Nothing was said.")
            return
        }
        #expect(said.number == AlertNumber(1))
    }

    private let fire: Recipient

    init() throws {
        fire = try #require(Recipient("fire"))
    }

    /// Alerts in every state, of two recipients, with the longest names.
    private func crowdedBoard() throws -> AlertBoard {
        var board = named()
        let police = try #require(Recipient("police@110101005"))
        for (index, state) in AlertState.allCases.enumerated() {
            for recipient in [fire, police] {
                let alert = alert(Int64(index + 1), of: recipient, severity: Severity.allCases[index % 5])
                board.add(alert)
                board.confirm(alert, .success(state), by: "欧阳建国 Ouyang Jianguo, desk 2")
            }
        }
        board.add(alert(100, severity: .extreme))
        board.apply(.taken(fire, AlertNumber(100), PersonalWord(person: Person(by: String(repeating: "王", count: 40)))))
        board.add(alert(101))
        return board
    }

    private func named() -> AlertBoard { AlertBoard(name: "Wang") }

    private func alert(
        _ number: Int64, of recipient: Recipient? = nil, purpose: Purpose = .action, severity: Severity = .severe
    ) -> Alert {
        Alert(
            recipient: recipient ?? fire, number: AlertNumber(number),
            envelope: Envelope(
                incident: IncidentNumber(number), purpose: purpose, rule: "火灾 structure fire", severity: severity,
                acknowledgeBy: purpose == .action ? Timestamp(milliseconds: 60_000) : nil, attempt: 1,
                isRedelivered: false, escalation: 0, status: .actual, storedAt: Timestamp(milliseconds: 0)),
            report: Array(#"{"event":"structure-fire","headline":"同心坊平房起火","area":{"areaDesc":"北新桥"}}"#.utf8))
    }
}

extension AlertBoard {
    /// The board while somebody types why they decline.
    fileprivate func typing(_ text: String) -> AlertBoard {
        var board = self
        _ = board.press(.character("d"))
        for character in text { _ = board.press(.character(character)) }
        return board
    }
}
