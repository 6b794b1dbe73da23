import Testing
import TocsinAccess
import TocsinRouting

@Suite struct ClientsTextTests {
    private static let file = """
        # Who may do what. 谁可以做什么
        clients:
          # handhelds of the north

          - name: handheld-7   # Li's
            key: "a"
            # inside
            report:
              as: [handheld-7, "grid-*"]
              within:
                - "110101005"
          # desks
          - { name: fire-desk, key: "b",
              join: [fire, "firefighter@*"] }   # two lines

          - name: last
            key: "c"
            feed: all
        # the end

        """

    private func cut(_ name: String, from yaml: String = file) throws -> ClientsText.Removal {
        try ClientsText(yaml: yaml, file: "c.yaml").removing(name)
    }

    private func complaint(_ name: String, _ yaml: String) throws -> String {
        let text = try ClientsText(yaml: yaml, file: "c.yaml")
        return #expect(throws: FileProblem.self) { try text.removing(name) }?.description ?? ""
    }

    @Test(arguments: [
        (
            "handheld-7", 5...11,
            """
              - name: handheld-7   # Li's
                key: "a"
                # inside
                report:
                  as: [handheld-7, "grid-*"]
                  within:
                    - "110101005"

            """
        ),
        (
            "fire-desk", 13...14,
            """
              - { name: fire-desk, key: "b",
                  join: [fire, "firefighter@*"] }   # two lines

            """
        ), ("last", 16...18, "  - name: last\n    key: \"c\"\n    feed: all\n"),
    ])
    func `an entry goes with its lines, and everything else stays byte for byte`(
        name: String, lines: ClosedRange<Int>, gone: String
    ) throws {
        let removal = try cut(name)
        #expect(removal.lines == lines)
        #expect(removal.yaml == Self.file.replacing(gone, with: ""))
        let rest = try ClientsText(yaml: removal.yaml, file: "c.yaml")
        #expect(rest.entries.map(\.name) == ["handheld-7", "fire-desk", "last"].filter { $0 != name })
    }

    @Test func `whatever ends its lines, and wherever the file ends, the rest is what it was`() throws {
        let windows = Self.file.replacing("\n", with: "\r\n")
        #expect(
            try cut("last", from: windows).yaml
                == windows.replacing("  - name: last\r\n    key: \"c\"\r\n    feed: all\r\n", with: ""))
        #expect(try cut("b", from: "clients:\n- name: a\n- name: b\n  key: x").yaml == "clients:\n- name: a\n")
        #expect(try cut("a", from: "clients:\n- name: a\n  key: x\n").yaml == "clients:\n")
        #expect(
            try cut("a", from: "---\nclients:\n- name: a\n  key: |\n    # x\n...\n").yaml
                == "---\nclients:\n    # x\n...\n")
    }

    @Test func `all may be cut one after the other`() throws {
        var yaml = Self.file
        for name in ["fire-desk", "last", "handheld-7"] { yaml = try cut(name, from: yaml).yaml }
        #expect(yaml == "# Who may do what. 谁可以做什么\nclients:\n  # handhelds of the north\n\n  # desks\n\n# the end\n")
    }

    @Test(arguments: [
        ("clients: [{ name: a, key: x }, { name: b, key: y }]", "c.yaml:1:11: the list of clients is in brackets"),
        ("clients:\n  -\n    name: a\n", "c.yaml:3:5: the entry does not follow its hyphen on the same line"),
        ("clients:\n  - name: a\n    key: x\n  - name: a\n", "'a' is there 2 times, in the lines 2, 4"),
        (
            "clients:\n  - name: a\n    key: &k x\n  - name: b\n    key: *k\n",
            "the lines of the entry cannot be told from those of others"
        ),
        ("clients:\n  - name: a\n    key: x\n  -\n    name: b\n", "the entry after it does not follow its hyphen"),
    ])
    func `what cannot be cut by lines is left to a person, and said`(yaml: String, expected: String) throws {
        let said = try complaint("a", yaml)
        #expect(said.contains(expected), "\(said)")
        #expect(said.hasSuffix("; remove 'a' by hand, and reload"))
    }

    @Test func `of a name that is not there the near ones are said`() throws {
        #expect(
            try complaint("handheld-8", Self.file)
                == "c.yaml:1:1: 'handheld-8' is not a client of c.yaml; valid are handheld-7, fire-desk, last; did you mean "
                + "'handheld-7'?")
    }

    @Test func `places are those of values and of the elements of lists`() throws {
        let entry = try #require(try ClientsText(yaml: Self.file, file: "c.yaml").entries(named: "handheld-7").first)
        #expect("\(entry.place)" == "c.yaml:5:5")
        #expect(entry.elements(of: "report.as").map { "\($0)" } == ["c.yaml:9:12", "c.yaml:9:24"])
        #expect(entry.elements(of: "report.within").map { "\($0)" } == ["c.yaml:11:11"])
        #expect(entry.place(of: "join") == nil)
    }

    @Test func `what is no clients file is refused with its problems`() {
        #expect(throws: FileProblems.self) { try ClientsText(yaml: "rules: []", file: "c.yaml") }
        #expect(throws: FileProblems.self) { try ClientsText(yaml: "clients: x", file: "c.yaml") }
        #expect(throws: FileProblems.self) { try ClientsText(yaml: "", file: "c.yaml") }
    }
}
