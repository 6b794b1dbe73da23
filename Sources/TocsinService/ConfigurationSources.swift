import TocsinConfiguration
import TocsinModel

/// The sources that a start reads the configuration from, and what this process has found in them.
struct ConfigurationSources: Sendable {
    let file: String
    let environment: [String: String]
    let flags: [ConfigurationReading.Flag]
    /// The values in force, as they were written.
    let texts: [ConfigurationKey: String]

    /// Reads everything again: the file, and the broker's key that it names.
    ///
    /// - Returns: What a start would find that this process was not started with, and the files that were read.
    func look() -> (change: ConfigurationChange, files: [String]) {
        let reading = ConfigurationReading(file: file, environment: environment, flags: flags)
        let files = [file, reading.configuration.securityKey].compactMap(\.self)
        var problems = reading.problems + reading.problemsForBroker
        if let key = reading.configuration.securityKey {
            do throws(KeyFile.Problem) { _ = try KeyFile.read(key) } catch { problems.append(error.description) }
        }
        guard problems.isEmpty else { return (ConfigurationChange(problems: problems), files) }
        let keys = ConfigurationKey.allCases.filter { reading.texts[$0] != texts[$0] }
        return (ConfigurationChange(keys: keys.map(\.rawValue)), files)
    }
}

/// The difference between the configuration in force and the one that a start would read.
struct ConfigurationChange: Hashable, Sendable {
    /// The most problems that are shown.
    private static let mostProblems = 10

    /// The keys that have other values now. Empty if there are problems.
    var keys: [String] = []
    /// The problems for which a start would be refused.
    var problems: [String] = []

    var isNone: Bool { keys.isEmpty && problems.isEmpty }

    /// `{"file":"/etc/tocsin/tocsin.yaml","changed":["heartbeat"],"problemCount":0,"problems":[]}`
    func write(of file: String, to json: inout JSONWriter) {
        json.object("configuration") { json in
            json.member("file", file)
            json.array("changed") { json in
                for key in keys { json.string(key) }
            }
            json.member("problemCount", problems.count)
            json.array("problems") { json in
                for problem in problems.prefix(Self.mostProblems) { json.string(problem) }
            }
        }
    }
}
