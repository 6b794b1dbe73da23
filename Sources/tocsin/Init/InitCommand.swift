import ArgumentParser
import Glibc
import TocsinModel

/// Writes a configuration to begin with.
struct InitCommand: TocsinCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Write a configuration to begin with: three departments, five rules, a few places.",
        discussion: """
            The folder is made where there is none. No file that is there is ever changed: where one of the names is \
            taken nothing is written. The Debian package puts the same into /etc/tocsin, to be changed there.

            Examples:
              tocsin init my-site && tocsin check --config my-site/tocsin.yaml
            """)

    @Argument(help: "The folder to write to.", completion: .directory)
    var folder: String

    @Flag(help: "Print the files' paths as one JSON object.")
    var json = false

    /// The folder of the package's configuration.
    private static let packaged = "/etc/tocsin"

    func validate() throws {
        guard !folder.isEmpty else { throw ValidationError("Give the folder to write to.") }
    }

    func perform() async throws {
        let folder = self.folder.count > 1 && self.folder.hasSuffix("/") ? String(self.folder.dropLast()) : self.folder
        let paths = StartingConfiguration.files.map { "\(folder)/\($0.name)" }
        if let taken = paths.first(where: { access($0, F_OK) == 0 }) {
            let instead =
                folder == Self.packaged
                ? "The package has put it there, the same to begin with: change it ('sudoedit \(Self.packaged)/tocsin.yaml'), "
                    + "or choose another folder."
                : "Choose another folder."
            throw Failure(.invalid, "\(taken) is there already; nothing was written. \(instead)")
        }
        guard mkdir(folder, 0o755) == 0 || errno == EEXIST else { throw failure(folder, errno) }
        for (path, file) in zip(paths, StartingConfiguration.files) { try write(file.text, to: path) }
        if json {
            return try Console.line(
                makeJSON { json in
                    json.array("written") { json in
                        for path in paths { json.string(path) }
                    }
                })
        }
        for path in paths { try Console.line("wrote \(path)") }
        try Console.line()
        for line in Self.nextSteps(in: folder, programs: Self.programs) { try Console.line(line) }
    }

    /// Returns the next steps, as commands to be copied. `programs` is the folder of the programs with a slash, or nothing
    /// where the shell finds them.
    static func nextSteps(in folder: String, programs: String = "") -> [String] {
        let (tocsin, configuration) = ("  \(quoted(programs + "tocsin"))", quoted("\(folder)/tocsin.yaml"))
        let check = ["Change them to your own, and check them:", "\(tocsin) check --config \(configuration)", ""]
        guard folder != packaged else {
            return check + ["Start the broker:", "  sudo systemctl restart tocsind", ""]
                + ["Receive alerts in one terminal, and report in another:"]
                + ["\(tocsin) listen fire", "\(tocsin) report \(StartingConfiguration.example)"]
        }
        let (state, run) = (quoted("\(folder)/state"), quoted("\(folder)/run"))
        return check + ["Start the broker, and leave it running:"]
            + ["  mkdir -p -m 700 \(state) \(run)"]
            + ["  export STATE_DIRECTORY=\"$(realpath \(state))\" RUNTIME_DIRECTORY=\"$(realpath \(run))\""]
            + ["  \(quoted(programs + "tocsind")) --config \(configuration)", ""]
            + ["Receive alerts in a second terminal, report in a third, and ask the broker how it does:"]
            + ["\(tocsin) listen fire --config \(configuration)"]
            + ["\(tocsin) report --config \(configuration) \(StartingConfiguration.example)"]
            + ["  RUNTIME_DIRECTORY=\"$(realpath \(run))\"\(tocsin.dropFirst()) status --config \(configuration)"]
    }

    /// The folder by which this program was called, with a slash. Nothing if the shell has found it.
    private static var programs: String {
        let program = CommandLine.arguments.first ?? ""
        return program.lastIndex(of: "/").map { String(program[...$0]) } ?? ""
    }

    /// Returns a word as a shell takes it for one.
    private static func quoted(_ word: String) -> String {
        let isPlain = word.unicodeScalars.allSatisfy {
            $0.properties.isAlphabetic || $0.properties.numericType != nil || "/._-+@%".unicodeScalars.contains($0)
        }
        return isPlain ? word : "'\(word.replacing("'", with: #"'\''"#))'"
    }

    private func write(_ text: String, to path: String) throws {
        // O_EXCL: a file that has come since is not ours either.
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw failure(path, errno) }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else { throw failure(path, errno) }
    }

    private func failure(_ path: String, _ code: Int32) -> Failure {
        Failure(.refused, "\(path) cannot be written: \(String(cString: strerror(code)))")
    }
}
