import ArgumentParser
import Glibc
import TocsinClient
import TocsinRouting

/// Shows the whole flow with a separate broker, on loopback.
struct DemoCommand: TocsinCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "See it work: a broker of its own, a morning in Dongcheng, and a kill in the middle.",
        discussion: """
            Starts tocsind as its own process on loopback with a journal in a temporary folder, opens terminals for \
            some departments and roles, and reports incidents: reported, durable, told by which rule, received, \
            acknowledged by whom. One alert that nobody answers escalates. Then the broker is killed with SIGKILL \
            while reports come in, started again, and everything that a receipt promised is counted.

            It ends by itself in half a minute. The exit status is 1 where anything was lost or did not happen.

            Examples:
              tocsin demo
              tocsin demo --keep        leave the broker running, to try the other commands
            """)

    @Flag(help: "Leave the broker running at the end, and say how to connect to it.")
    var keep = false

    @Option(
        help: ArgumentHelp(
            "The folder with rules.yaml, departments.yaml and grids.yaml; Config/dongcheng is looked for unless said.",
            valueName: "folder"),
        completion: .directory)
    var rules: String?

    var json: Bool { false }

    func perform() async throws {
        let files = try checkedFiles()
        let folder = try TemporaryFolder("tocsin-demo")
        let daemon = try folder.orRemoved {
            try DaemonProcess(
                .init(
                    folder: folder,
                    rules: folder.write("rules.yaml", DemoScenario.rules(from: InputFile.text(files.rules))),
                    departments: folder.write("departments.yaml", InputFile.text(files.others.departments)),
                    grids: files.others.grids.map { try folder.write("grids.yaml", InputFile.text($0)) }))
        }
        try await perform(daemon, folder)
    }

    private func perform(_ daemon: DaemonProcess, _ folder: TemporaryFolder) async throws {
        // From here on Ctrl-C is a value, which ends the demonstration in order.
        let signals = Signals.ending()
        do {
            let stopped = try await withThrowingTaskGroup(of: Int32?.self) { group in
                group.addTask {
                    try await show(daemon, folder)
                    return nil
                }
                group.addTask {
                    for await signal in signals { return signal }
                    return nil
                }
                defer { group.cancelAll() }
                return try await group.next() ?? nil
            }
            if let stopped {
                await cleanUp(daemon, folder)
                throw ExitCode(128 + stopped)
            }
        } catch {
            await cleanUp(daemon, folder)
            throw error
        }
        if keep { try await explainHowToConnect(daemon, folder) } else { await cleanUp(daemon, folder) }
    }

    /// Returns the files to use, checked before anything is started. Problems are then reported in the user's own
    /// files, not in the broker's copies.
    private func checkedFiles() throws -> RuleFiles {
        let source = try rules ?? Self.findDongcheng()
        let files = try RuleFiles(rules: "\(source)/rules.yaml", departments: nil, grids: nil)
        let directory = try files.directory()
        _ = try files.ruleset(directory)
        do {
            let text = try DemoScenario.rules(from: InputFile.text(files.rules))
            _ = try Ruleset(yaml: text, file: files.rules, directory: directory)
        } catch let problems as FileProblems {
            // The user's rules are valid without the demonstration's own rule, which is the first.
            throw Failure(
                .invalid,
                "\(files.rules): the demonstration adds a rule of its own to these, and it does not go with "
                    + "\(files.others.departments): \(problems.problems.first?.message ?? "")")
        }
        return files
    }

    private func show(_ daemon: DaemonProcess, _ folder: TemporaryFolder) async throws {
        let stage = DemoStage(style: .output, width: Console.width)
        try stage.title("Tocsin")
        try stage.text(
            """
            An incident notification broker: it takes reports, makes them durable, decides by rule who must know, \
            and tells them until somebody has acknowledged. This is Dongcheng district, 589 grids, on one screen.
            """)
        let started = ContinuousClock.now
        let status = try await daemon.start()
        try stage.text(
            "tocsind is process \(status.processID), ready after \(Clock.duration(ContinuousClock.now - started)): "
                + "\(counted(status.ruleCount, "rule")), \(counted(status.mailboxes, "mailbox", "mailboxes")), "
                + "journal \(status.journalPath)")
        let ledger = DemoLedger()
        // The client repeats soon after a kill, so that the demonstration does not wait long.
        let options = ClientOptions(
            reconnect: .init(minimum: .milliseconds(50), maximum: .milliseconds(250)), answerTimeout: .seconds(2))
        let reporter = try Reporter(endpoint: status.endpoints.reports, options: options)
        let staff = DemoStaff(endpoint: status.endpoints.alerts, options: options, ledger: ledger)
        do {
            try await Demo(daemon: daemon, stage: stage, ledger: ledger, staff: staff, reporter: reporter).run()
        } catch {
            await staff.close()
            await reporter.close()
            throw error
        }
        await staff.close()
        await reporter.close()
    }

    private func cleanUp(_ daemon: DaemonProcess, _ folder: TemporaryFolder) async {
        await daemon.stop()
        folder.remove()
    }

    private func explainHowToConnect(_ daemon: DaemonProcess, _ folder: TemporaryFolder) async throws {
        let endpoints = await daemon.endpoints
        let number = await daemon.release()
        try Console.line()
        try Console.line("The broker goes on. Try in two other terminals:")
        let program = Self.quoted(Environment.program)
        for lines in [
            ["\(program) listen fire", "--alerts \(endpoints?.alerts ?? "?")"],
            [
                "\(program) report", "--event structure-fire --category Fire --severity Severe",
                "--grid 110101005003002 --headline 'Smoke from a roof'", "--reports \(endpoints?.reports ?? "?")",
            ],
            ["\(program) status", "--control \(Self.quoted(daemon.control))"],
            ["\(program) incidents", "--control \(Self.quoted(daemon.control))"],
        ] {
            try Console.line()
            try Console.line("    " + lines.joined(separator: " \\\n        "))
        }
        try Console.line()
        try Console.line("End it with:")
        try Console.line()
        try Console.line("    kill \(number ?? 0) && rm -r \(Self.quoted(folder.path))")
    }

    /// Returns a word quoted for a shell.
    private static func quoted(_ word: String) -> String {
        let isPlain = word.allSatisfy { ($0.isASCII && ($0.isLetter || $0.isNumber)) || "/._-:@+=,".contains($0) }
        return isPlain ? word : "'" + word.replacing("'", with: #"'\''"#) + "'"
    }

    /// Returns the folder Config/dongcheng: here, above this program, or where packages install it.
    private static func findDongcheng() throws -> String {
        var folders = ["Config/dongcheng"]
        var folder = Environment.programFolder[...]
        while !folder.isEmpty {
            folders.append("\(folder)/Config/dongcheng")
            folders.append("\(folder)/share/tocsin/dongcheng")
            folder = folder.lastIndex(of: "/").map { folder[..<$0] } ?? ""
        }
        for folder in folders where InputFile.exists("\(folder)/rules.yaml") { return folder }
        throw Failure(
            .invalid, "Config/dongcheng is not found here or above this program; say where it is with --rules.")
    }
}
