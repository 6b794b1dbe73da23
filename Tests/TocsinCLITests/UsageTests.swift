import Testing

@Suite struct UsageTests {
    @Test func `the help of a command teaches by examples`() throws {
        let help = """
            OVERVIEW: Close an incident: its open alerts are cancelled and nothing
            escalates any more.

            The name and the reason are stored with the incident. 'tocsin reopen' takes it
            back. Updates of the incident stay open, and go on; each is named, also by
            --preview.

            Examples:
              tocsin close 1234 --preview
              tocsin close 1234 --by "Wang, duty office" --reason "reported twice, see 1230"

            USAGE: tocsin close [<options>] <incident>

            ARGUMENTS:
              <incident>              The incident's number.

            WHERE THE BROKER IS:
              --reports <endpoint>    Where the broker takes reports.
              --alerts <endpoint>     Where terminals connect.
              --control <endpoint>    Where operators' requests go.
              --config <file>         The daemon's configuration file, to read the
                                      endpoints from.
              --key <file>            This client's key file, where the broker demands
                                      keys. (TOCSIN_KEY)
              --broker-key <key-or-file>
                                      The broker's public key, 40 characters of Z85 or a
                                      file that has it. (TOCSIN_BROKER_KEY)

            OPTIONS:
              --by <name>             Who says so.
              --reason <text>         Why.
              --preview               Say who would be concerned, and change nothing; needs
                                      no name and no reason.
              --wait [<time>]         Wait until the broker is there: at most so long, or
                                      for ever. (default as flag: for ever)
              --timeout <time>        How long to wait for the answer. (default: 5s)
              --json                  Print the answer as it came, one JSON object.
              --version               Show the version.
              -h, --help              Show help information.


            """
        try expect(["close", "--help"], output: help)
        try expect(["help", "close"], output: help)
    }

    @Test(arguments: [
        "report", "rate", "replay", "listen", "watch", "status", "health", "doctor", "incidents", "show", "duty",
        "close",
        "reopen", "reload",
        "init", "check", "explain", "rules", "keys", "subscribe", "unsubscribe",
        "demo", "drill", "stats", "bench", "audit", "backup", "restore", "verify", "salvage",
    ])
    func `every command has examples and is named in the overview`(command: String) throws {
        let run = try CommandRun([command, "--help"])
        #expect(run.status == 0)
        #expect(run.output.contains("Example"))
        let beginnings = ["tocsin \(command)\n", "  tocsin \(command) ", "  sudo tocsin \(command) "]
        #expect(beginnings.contains { run.output.contains($0) })
        #expect(try CommandRun(["--help"]).output.contains("\n  \(command) "))
    }

    @Test func `the overview documents the exit status`() throws {
        let run = try CommandRun(["--help"])
        #expect(
            run.output.contains(
                """
                Exit status:
                  0   done
                  1   refused by the broker, or what was asked for did not happen
                  2   no broker was there, or none answered in time
                  3   the input, a rule file or the configuration is wrong
                  64  the command line is wrong
                  141 whoever read the output has gone, as with '| head'

                """))
    }

    /// A line that is wrapped where the screen ends is two commands when it is copied.
    @Test(arguments: [
        "silence", "unsilence", "silences", "drill", "split", "reopen", "close", "incidents", "audit", "subscribe",
        "rules rehearse", "rules prove",
    ])
    func `examples fit a screen of 80 columns as they are`(command: String) throws {
        let lines = try CommandRun(command.split(separator: " ").map(String.init) + ["--help"]).output
            .split(separator: "\n", omittingEmptySubsequences: false)
        let examples = lines.drop { !$0.hasPrefix("Example") }.dropFirst().prefix { !$0.isEmpty }
        #expect(!examples.isEmpty)
        for line in examples { #expect(line.hasPrefix("  ") && line.count <= 80, "\(line)") }
    }

    @Test(arguments: [["lissen", "fire"], ["help", "lissen"]])
    func `an unknown command is named, and the nearest with it`(words: [String]) throws {
        let run = try CommandRun(words)
        #expect(run.errors.hasPrefix("Error: 'lissen' is not a command; valid are report, rate, replay, listen, "))
        #expect(run.errors.contains("; did you mean 'listen'?\n"))
        #expect(run.status == 64)
        #expect(run.output == "")
    }

    @Test(arguments: [
        (["close", "7", "--by", "Li", "--reason", "x", "--by", "Wang"], "--by"),
        (["status", "--json", "--json"], "--json"), (["status", "--timeout=1s", "--timeout", "2s"], "--timeout"),
    ])
    func `a flag that is given twice is a wrong command line`(words: [String], flag: String) throws {
        let run = try CommandRun(words)
        #expect(run.errors.contains("\(flag) is given twice; it may be there once."))
        #expect(run.status == 64)
    }

    @Test func `an unknown flag is a wrong command line`() throws {
        try expect(
            ["reload", "--now"],
            errors: """
                Error: Unknown option '--now'. Did you mean '--key'?
                Usage: tocsin reload [--reports <endpoint>] \
                [--alerts <endpoint>] [--control <endpoint>] [--config <file>] [--key <file>] [--broker-key <key-or-file>] [--wait [<time>]] \
                [--timeout <time>] [--json]
                  See 'tocsin reload --help' for more information.

                """, status: 64)
    }

    @Test func `a word that is not in a closed list is a wrong command line, and the list is named`() throws {
        let run = try CommandRun(["report", "--event", "x", "--category", "Fire", "--severity", "Bad"])
        #expect(run.status == 64)
        #expect(run.errors.contains("'Extreme', 'Severe', 'Moderate', 'Minor' or 'Unknown'"))
    }

    @Test(arguments: [
        (
            ["status", "--timeout", "2"],
            "'2' is invalid for '--timeout <time>': valid are whole numbers with ms, s, m, h or d"
        ),
        (["replay", "-", "--rate", "50/m"], "'50/m' is invalid for '--rate <n/s>': valid are a number a second"),
        (["bench", "--rate", "0"], "'0' is invalid for '--rate <n/s>': valid are a number a second"),
    ])
    func `a wrong time or rate says what is valid`(arguments: [String], words: String) throws {
        let run = try CommandRun(arguments)
        #expect(run.status == 64)
        #expect(run.errors.contains(words))
    }

    @Test(arguments: [["incidents"], ["stats"], ["audit"]])
    func `a beginning that is still to come is a wrong command line`(command: [String]) throws {
        let run = try CommandRun(command + ["--since", "2999-01-01T00:00:00+08:00"])
        #expect(run.errors.hasPrefix("Error: --since 2998-12-31T16:00:00.000Z is still to come: now it is 2"))
        #expect(run.status == 64)
    }

    @Test(arguments: [["stats", "--level", "grid"], ["stats", "--by", "level", "--level", "grid"]])
    func `a size of places goes with places alone`(words: [String]) throws {
        let run = try CommandRun(words)
        #expect(
            run.errors.hasPrefix(
                "Error: --level is the size of the places with --by place: --by place --level grid.\n"))
        #expect(run.status == 64)
    }

    @Test func `a report without its required flags says which are missing`() throws {
        let run = try CommandRun(["report", "--event", "x"])
        #expect(run.status == 64)
        #expect(run.errors.hasPrefix("Error: A report needs --category, --severity too.\n"))
    }

    @Test func `what cannot be a recipient is a wrong command line`() throws {
        let run = try CommandRun(["listen", "Fire Department"])
        #expect(run.status == 64)
        #expect(run.errors.hasPrefix("Error: 'Fire Department' is not a recipient"))
    }

    @Test(arguments: [
        (["show", "--json"], "Missing expected argument '<incident>'"),
        (["report", "--event", "x", "--json"], "A report needs --category, --severity too."),
        (["listen", "--json", "Fire Department"], "'Fire Department' is not a recipient"),
        (["status", "--json", "--now"], "Unknown option '--now'"),
    ])
    func `with --json a wrong command line is told in an object too`(arguments: [String], words: String) throws {
        let run = try CommandRun(arguments)
        #expect(run.status == 64)
        #expect(run.output.isEmpty)
        #expect(run.errors.hasPrefix(#"{"code":"usage","message":"\#(words)"#), "\(run.errors)")
        #expect(run.errors.hasSuffix("\"}\n"))
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func `shells get a completion script`(shell: String) throws {
        let run = try CommandRun(["--generate-completion-script", shell])
        #expect(run.status == 0)
        #expect(run.output.contains("tocsin"))
    }
}
