import TocsinConfiguration
import TocsinModel
import ZeroMQ

/// The sources that a start reads the configuration from, and what this process has found in them.
struct ConfigurationSources: Sendable {
    let file: String
    let environment: [String: String]
    let flags: [ConfigurationReading.Flag]
    /// The values in force, as they were written.
    let texts: [ConfigurationKey: String]
    /// The public half of the broker's key in force; nil while none is.
    var brokerKey: CurvePublicKey?

    /// Reads everything again: the file, and the broker's key that it names.
    ///
    /// - Returns: What a start would find that this process was not started with, and the files that were read.
    func look() -> (change: ConfigurationChange, files: [String]) {
        let reading = ConfigurationReading(file: file, environment: environment, flags: flags)
        let files = [file, reading.configuration.securityKey].compactMap(\.self)
        var problems = reading.problems + reading.problemsForBroker
        var hasAnotherKey = false
        if let file = reading.configuration.securityKey {
            do throws(KeyFile.Problem) {
                let key = try KeyFile.read(file).publicKey
                hasAnotherKey = brokerKey.map { $0 != key } ?? false
            } catch {
                problems.append(error.description)
            }
        }
        guard problems.isEmpty else { return (ConfigurationChange(problems: problems), files) }
        let keys = ConfigurationKey.allCases.filter { reading.texts[$0] != texts[$0] }
        return (ConfigurationChange(keys: keys.map(\.rawValue), hasAnotherKey: hasAnotherKey), files)
    }
}

/// The difference between the configuration in force and the one that a start would read.
struct ConfigurationChange: Hashable, Sendable {
    /// The most problems that are shown.
    private static let mostProblems = 10

    /// The keys that have other values now. Empty if there are problems.
    var keys: [String] = []
    /// True if the broker's key file has another key pair than the one in force. False if there are problems.
    var hasAnotherKey = false
    /// The problems for which a start would be refused.
    var problems: [String] = []

    var isNone: Bool { keys.isEmpty && !hasAnotherKey && problems.isEmpty }

    /// `{"file":"/etc/tocsin/tocsin.yaml","changed":["heartbeat"],"anotherKey":false,"problemCount":0,"problems":[]}`
    func write(of file: String, to json: inout JSONWriter) {
        json.object("configuration") { json in
            json.member("file", file)
            json.array("changed") { json in
                for key in keys { json.string(key) }
            }
            json.member("anotherKey", hasAnotherKey)
            json.member("problemCount", problems.count)
            json.array("problems") { json in
                for problem in problems.prefix(Self.mostProblems) { json.string(problem) }
            }
        }
    }
}
