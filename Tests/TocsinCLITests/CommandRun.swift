import Foundation
import Testing

/// One run of the built `tocsin`: what it printed, and how it ended.
struct CommandRun {
    let output: String
    let errors: String
    let status: Int32

    /// Runs `tocsin` to its end, without colours, 80 columns wide, in UTC, and with no broker in the environment.
    ///
    /// - Parameter output: where standard output goes instead of ``output``.
    init(
        _ arguments: [String], input: String = "", output: String? = nil, environment: [String: String] = [:]
    ) throws {
        let files = try TemporaryFiles(["input": input, "output": "", "errors": ""])
        let process = Process()
        process.executableURL = Self.folder.appendingPathComponent("tocsin")
        process.arguments = arguments
        // What a sanitizer is told holds for it as well: see `.ci/test`.
        let sanitizer = ProcessInfo.processInfo.environment.filter {
            $0.key.hasSuffix("SAN_OPTIONS") || $0.key == "LD_PRELOAD"
        }
        process.environment = ["COLUMNS": "80", "NO_COLOR": "1", "TZ": "UTC", "USER": "test"]
            .merging(sanitizer) { $1 }.merging(environment) { $1 }
        // Files and not pipes: a pipe that nobody empties would stop the program.
        process.standardInput = try FileHandle(forReadingFrom: files.url("input"))
        process.standardOutput = try FileHandle(
            forWritingTo: output.map { URL(fileURLWithPath: $0) } ?? files.url("output"))
        process.standardError = try FileHandle(forWritingTo: files.url("errors"))
        try process.run()
        process.waitUntilExit()
        self.output = try String(contentsOf: files.url("output"), encoding: .utf8)
        errors = try String(contentsOf: files.url("errors"), encoding: .utf8)
        status = process.terminationStatus
    }

    /// The folder of the test program, where the build puts `tocsin` too.
    static var folder: URL {
        URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    }
}

/// Compares a whole run: standard output, standard error, and exit status.
func expect(
    _ arguments: [String], input: String = "", output: String = "", errors: String = "", status: Int32 = 0,
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let run = try CommandRun(arguments, input: input)
    #expect(run.output == output, sourceLocation: sourceLocation)
    #expect(run.errors == errors, sourceLocation: sourceLocation)
    #expect(run.status == status, sourceLocation: sourceLocation)
}

/// A folder of small files that lasts as long as this object.
final class TemporaryFiles {
    private let folder: URL

    init(_ files: [String: String]) throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("tocsin-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for (name, text) in files { try text.write(to: url(name), atomically: false, encoding: .utf8) }
    }

    deinit {
        // Nothing to be done about a folder that will not go.
        _ = try? FileManager.default.removeItem(at: folder)
    }

    func url(_ name: String) -> URL { folder.appendingPathComponent(name) }

    func path(_ name: String) -> String { url(name).path }
}

/// Rules, departments and places for the tests.
enum Fixture {
    static let departments = """
        departments:
          - { name: fire, zh: 消防救援支队, en: Fire and Rescue Detachment }
          - { name: gas, zh: 燃气抢修中心, en: Gas Emergency Repair Centre }
        roles:
          - { name: leader, at: district, zh: 值班领导, en: Duty Leader }

        """
    static let grids = """
        places:
          "110101": 东城区

        """
    static let rules = """
        fallback: leader@district
        rules:
          - name: 火灾 structure fire
            when: { category: Fire, severity: at least Moderate }
            notify: fire
            inform: leader@district
            acknowledge-within: 60s
            escalate:
              - { after: 3m, to: leader@district }
          - name: gas leak
            when: { event: gas-leak }
            notify: [gas, fire]

        """

    static func files(rules: String = rules) throws -> TemporaryFiles {
        try TemporaryFiles(["rules.yaml": rules, "departments.yaml": departments, "grids.yaml": grids])
    }

    static let report = """
        {"identifier":"1","sender":"test@desk","sent":"2026-11-23T08:10:00Z","event":"structure-fire",\
        "category":"Fire","severity":"Severe","urgency":"Immediate","certainty":"Observed"}
        """
}
