import ArgumentParser
import Glibc
import TocsinAccess
import TocsinConfiguration
import TocsinModel
import TocsinRouting

/// The clients file of a broker, and the files that its recipients and places are in.
struct ClientsFile {
    private static let usualConfiguration = "/etc/tocsin/tocsin.yaml"

    let path: String
    private let departments: String?
    private let grids: String?

    /// Finds the file.
    ///
    /// - Parameters:
    ///   - file: the clients file; nil for the one that the configuration names.
    ///   - configuration: the daemon's configuration file; nil for the packaged one, unless `file` is named.
    /// - Throws: a ``Failure`` `invalid` where neither leads to one.
    init(_ file: String?, configuration: String?) throws {
        let usual = file == nil && InputFile.exists(Self.usualConfiguration) ? Self.usualConfiguration : nil
        guard let configuration = configuration ?? usual else {
            guard let file else {
                throw Failure(
                    .invalid, "Say where the clients are: --config FILE, the daemon's configuration, or --file.")
            }
            let folder = file.lastIndex(of: "/").map { file[...$0] } ?? ""
            path = file
            departments = InputFile.exists("\(folder)departments.yaml") ? "\(folder)departments.yaml" : nil
            grids = InputFile.exists("\(folder)grids.yaml") ? "\(folder)grids.yaml" : nil
            return
        }
        let variables = ConfigurationKey.allCases.map(\.variable)
        let reading = ConfigurationReading(
            file: configuration, environment: Environment.variables(variables), flags: [])
        guard reading.problems.isEmpty else { throw Failure(.invalid, reading.problems.joined(separator: "\n")) }
        guard let path = file ?? reading.configuration.clients else {
            throw Failure(
                .invalid,
                "\(configuration) has no 'security.clients': its broker asks for no keys. Name a clients file with --file."
            )
        }
        self.path = path
        departments = reading.configuration.departments
        grids = reading.configuration.grids
    }

    /// Reads the text with its places.
    func text() throws -> ClientsText { try ClientsText(yaml: InputFile.text(path), file: path) }

    /// Reads what each client may do, also of those whose time is over.
    ///
    /// - Throws: `FileProblems`; a ``Failure`` for a file that cannot be read.
    func list() throws -> ClientList {
        guard let departments else {
            throw Failure(
                .invalid,
                "\(path): clients name departments, and neither is departments.yaml beside them nor does a configuration "
                    + "say where those are; name it with --config")
        }
        let directory = try Directory(
            departments: InputFile.text(departments), departmentsFile: departments,
            grids: grids.map { try InputFile.text($0) }, gridsFile: grids ?? "")
        return try ClientList(yaml: InputFile.text(path), file: path, directory: directory, now: nil)
    }
}

extension Failure {
    /// There is no such client. The near names are in the message.
    init(unknownClient name: String, in text: ClientsText) {
        self.init(.invalid, text.message(unknown: name), code: "unknownClient")
    }
}
