import Glibc

/// An operator's sqlite3 shell that has a transaction open.
final class JournalShell {
    private let shell: ChildProcess
    private let input: Int32
    private let output: Int32

    /// - Parameter transaction: what the shell has done before this returns.
    init(_ station: Station, _ transaction: String) throws {
        let (inputPath, outputPath) = (station.folder + "/shell-input", station.folder + "/shell-output")
        for path in [inputPath, outputPath] { try TestFailure.check(mkfifo(path, 0o600), "mkfifo") }
        // Open for both directions: the shell's own opening then waits for nobody.
        input = try TestFailure.check(open(inputPath, O_RDWR | O_CLOEXEC), "open")
        output = try TestFailure.check(open(outputPath, O_RDWR | O_CLOEXEC), "open")
        shell = try ChildProcess(
            "/usr/bin/sqlite3", [station.journal], environment: Daemon.environment, input: inputPath,
            output: outputPath, errors: station.folder + "/shell-errors")
        // The shell buffers its own output, but not that of a program it runs.
        let commands = ".timeout 5000\n\(transaction)\n.shell echo done\n"
        try TestFailure.check(Int32(write(input, commands, commands.utf8.count)), "write")
        guard try shell.wait(for: [output]) != nil else { throw TestFailure("The sqlite3 shell has ended.") }
    }

    deinit {
        close(input)
        close(output)
    }

    /// Ends the shell and with it the transaction.
    func release() throws {
        shell.send(SIGKILL)
        _ = try shell.waitForExit()
    }
}

extension Station {
    /// Nobody else can write to the journal.
    func lockJournal() throws -> JournalShell { try JournalShell(self, "BEGIN IMMEDIATE;") }

    /// Somebody reads the journal as it is now, and has not come to the end.
    func readJournal() throws -> JournalShell {
        // The count goes nowhere: what is waited for is the word after it.
        try JournalShell(self, ".output /dev/null\nBEGIN;\nSELECT count(*) FROM record;\n.output")
    }
}
