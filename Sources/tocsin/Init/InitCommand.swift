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
        for line in Self.nextSteps(in: folder) { try Console.line(line) }
    }

    /// Returns the next steps, as commands to be copied.
    static func nextSteps(in folder: String) -> [String] {
        let configuration = "\(folder)/tocsin.yaml"
        let start =
            folder == packaged
            ? ["  sudo systemctl restart tocsind"]
            : [
                "  mkdir -m 700 \(folder)/state \(folder)/run",
                "  export STATE_DIRECTORY=$(realpath \(folder)/state) RUNTIME_DIRECTORY=$(realpath \(folder)/run)",
                "  tocsind --config \(configuration)",
            ]
        return ["Change them to your own, and check them:", "  tocsin check --config \(configuration)", ""]
            + ["Start the broker:"] + start + [""]
            + ["Receive alerts in one terminal, and report in another:"]
            + ["  tocsin listen fire", "  tocsin report \(StartingConfiguration.example)"]
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
