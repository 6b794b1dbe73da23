import Glibc

/// An operator's sqlite3 shell that has a transaction open, so that nobody else can write to the journal.
final class JournalLock {
    private let shell: ChildProcess
    private let input: Int32
    private let output: Int32

    init(_ station: Station) throws {
        let (inputPath, outputPath) = (station.folder + "/shell-input", station.folder + "/shell-output")
        for path in [inputPath, outputPath] { try TestFailure.check(mkfifo(path, 0o600), "mkfifo") }
        // Open for both directions: the shell's own opening then waits for nobody.
        input = try TestFailure.check(open(inputPath, O_RDWR | O_CLOEXEC), "open")
        output = try TestFailure.check(open(outputPath, O_RDWR | O_CLOEXEC), "open")
        shell = try ChildProcess(
            "/usr/bin/sqlite3", [station.journal], environment: Daemon.environment, input: inputPath,
            output: outputPath, errors: station.folder + "/shell-errors")
        // The shell buffers its own output, but not that of a program it runs.
        let commands = ".timeout 5000\nBEGIN IMMEDIATE;\n.shell echo locked\n"
        try TestFailure.check(Int32(write(input, commands, commands.utf8.count)), "write")
        guard try shell.wait(for: [output]) != nil else { throw TestFailure("The sqlite3 shell has ended.") }
    }

    deinit {
        close(input)
        close(output)
    }

    /// Ends the shell and with it the lock.
    func release() throws {
        shell.send(SIGKILL)
        _ = try shell.waitForExit()
    }
}

extension Station {
    func lockJournal() throws -> JournalLock { try JournalLock(self) }
}
