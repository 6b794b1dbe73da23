import ArgumentParser
import Glibc
import TocsinAccess
import TocsinConfiguration
import TocsinModel
import TocsinRouting
import ZeroMQ

/// Makes a key pair, and says where its halves go.
struct KeysMakeCommand: TocsinCommand {
    static let configuration = CommandConfiguration(
        commandName: "make",
        abstract: "Make a key pair in a file that only its owner may read.",
        discussion: """
            The file is keys/NAME.key; one that is there is never overwritten. The secret is in the file alone, and is \
            never printed: bring the file to where the client is, and remove it here.

            Examples:
              tocsin keys make broker
              tocsin keys make handheld-7 --folder /etc/tocsin/keys
            """)

    /// The name that stands for the broker and for no client.
    private static let broker = "broker"

    @Argument(help: "Who it is for: broker, or a client's name.")
    var name: String

    @Option(
        help: ArgumentHelp("The folder for the file. It is made where there is none.", valueName: "folder"),
        completion: .directory)
    var folder = "keys"

    @Flag(help: "Print the file and the public key as one JSON object.")
    var json = false

    func perform() async throws {
        guard PrincipalName(client: name) != nil else {
            throw Failure(
                .invalid,
                "\(Suggestion.quoted(name)) is no name of a client; valid are 1 to \(Limits.principalBytes) letters, digits, '.', '-' and "
                    + "'_', a letter or digit first.")
        }
        guard mkdir(folder, 0o755) == 0 || errno == EEXIST else {
            throw Failure(.invalid, "\(folder) cannot be made: \(String(cString: strerror(errno))).")
        }
        let path = "\(folder)/\(name).key"
        let key: CurvePublicKey
        do throws(KeyFile.Problem) {
            key = try KeyFile.make(
                path,
                heading: ["The key pair of \(name). Whoever can read this file can pass for \(name)."]
            ).publicKey
        } catch {
            throw Failure(.invalid, error.description)
        }
        if json {
            return try Console.line(
                makeJSON { json in
                    json.member("file", path)
                    json.member("public", key.z85)
                })
        }
        for line in name == Self.broker ? brokerLines(path, key) : clientLines(path, key) { try Console.line(line) }
    }

    private func brokerLines(_ path: String, _ key: CurvePublicKey) -> [String] {
        [
            "\(path) has the broker's key pair, for the daemon's user alone.",
            "If the daemon runs as a service: sudo chown tocsin \(path)",
            "",
            "For tocsin.yaml; the paths are relative to its folder:",
            "",
            "security:",
            "  key: \(path)",
            "  clients: clients.yaml",
            "",
            "For every client, as --broker-key or TOCSIN_BROKER_KEY:",
            "",
            "\(key)",
        ]
    }

    private func clientLines(_ path: String, _ key: CurvePublicKey) -> [String] {
        [
            "\(path) has the key pair of \(name). It is for \(name) and for nobody else.",
            "",
            "For clients.yaml, with what \(name) may do:",
            "",
            "  - name: \(name)",
            "    key: \"\(key)\"",
            "    report: { as: [\(name)] }",
            "",
            "For \(name):",
            "",
            "export TOCSIN_KEY=\(path)",
            "export TOCSIN_BROKER_KEY='the broker''s public key, as tocsin keys show prints it'",
        ]
    }
}
