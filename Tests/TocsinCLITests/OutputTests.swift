import Testing
import TocsinModel

@testable import tocsin

@Suite struct OutputTests {
    @Test(arguments: [
        ("", 0), ("fire", 4), ("消防", 4), ("消防 fire", 9), ("（120）", 7), ("e\u{301}", 1), ("·", 1), ("→", 1),
        ("\u{1b}[1;31m火\u{1b}[0m", 2),
    ])
    func `a text is as wide as the screen shows it`(text: String, width: Int) {
        #expect(text.displayWidth == width)
    }

    @Test func `a text is cut between characters, never within one`() {
        #expect("消防救援支队".cut(to: 12) == "消防救援支队")
        #expect("消防救援支队".cut(to: 8) == "消防救…")
        #expect("消防救援支队".cut(to: 7) == "消防救…")
        #expect("fire".cut(to: 0) == "")
    }

    @Test func `what a stranger wrote cannot steer the screen`() {
        #expect("a\u{1b}[31mb\nc\u{202e}d".printable == "a\u{fffd}[31mb c\u{fffd}d")
        #expect("消防 fire".printable == "消防 fire")
    }

    @Test func `columns stand below one another whatever the script`() {
        var table = Table(["name", "", "n"], alignments: [.left, .left, .right])
        table.add("fire", "消防救援支队", "7")
        table.add("waterworks", "自来水", "1,024")
        #expect(
            table.lines() == [
                "name                          n", "fire        消防救援支队      7",
                "waterworks  自来水        1,024",
            ])
    }

    @Test func `colours do not count as columns`() {
        let style = Style(isColoured: true)
        var table = Table()
        table.add(style.bad("火"), "x")
        table.add("fire", "y")
        #expect(table.lines() == ["\u{1b}[1;31m火\u{1b}[0m    x", "fire  y"])
    }

    @Test func `a severity has its number and name in the same width each`() {
        #expect(Style.plain.severity(.extreme) == "  I Extreme ")
        #expect(Style.plain.severity(.minor) == " IV Minor   ")
        #expect(Set(Severity.allCases.map { Style.plain.severity($0).displayWidth }) == [12])
    }

    @Test(arguments: [
        (Duration.milliseconds(3), "3 ms"), (.milliseconds(2540), "2.5 s"), (.seconds(60), "60 s"),
        (.seconds(180), "3 min"), (.seconds(7200), "2 h"), (.seconds(172_800), "2 d"),
    ])
    func `a duration is about as exact as it matters`(duration: Duration, text: String) {
        #expect(Clock.duration(duration) == text)
    }

    @Test func `counts are grouped and have their nouns`() {
        #expect(1_234_567.grouped == "1,234,567")
        #expect((-1000).grouped == "-1,000")
        #expect(counted(1, "mailbox", "mailboxes") == "1 mailbox")
        #expect(counted(4202, "mailbox", "mailboxes") == "4,202 mailboxes")
    }

    @Test func `a rate is a number a second or as fast as it goes`() {
        #expect(Rate(argument: "50/s")?.due(100) == .seconds(2))
        #expect(Rate(argument: "1000")?.description == "1000/s")
        #expect(Rate(argument: "max")?.due(1_000_000) == .zero)
        #expect(Rate(argument: "0") == nil)
        #expect(Rate(argument: "fast") == nil)
    }
}
