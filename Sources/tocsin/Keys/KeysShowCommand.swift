import ArgumentParser
import TocsinConfiguration
import TocsinModel
import ZeroMQ

/// Prints the public key of a key file.
struct KeysShowCommand: TocsinCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Print the public key of a key file.",
        discussion: """
            The public key may be told to everybody. The secret is never printed.

            Examples:
              tocsin keys show keys/broker.key
            """)

    @Argument(help: "The key file.", completion: .file())
    var file: String

    @Flag(help: "Print the public key as one JSON object.")
    var json = false

    func perform() async throws {
        let key: CurvePublicKey
        do throws(KeyFile.Problem) {
            key = try KeyFile.publicKey(file)
        } catch {
            throw Failure(.invalid, error.description)
        }
        try Console.line(json ? makeJSON { $0.member("public", key.z85) } : Array(key.z85.utf8))
    }
}
