import Foundation
import Testing
import TocsinCore
import TocsinModel

@testable import TocsinService

@Suite final class ServiceConfigurationTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tocsin-\(UUID().uuidString)")

    deinit {
        // A test that wrote no file has made no folder.
        if FileManager.default.fileExists(atPath: folder.path) { try? FileManager.default.removeItem(at: folder) }
    }

    @Test func `the shipped file is read, and says what the defaults are`() throws {
        let configuration = try ServiceConfiguration.load(file: shipped, environment: [:], flags: [])
        let defaults = ServiceConfiguration()
        #expect(configuration.reports == defaults.reports)
        #expect(configuration.alerts == defaults.alerts)
        #expect(configuration.feed == defaults.feed)
        #expect(configuration.control == "ipc:///run/tocsin/control.ipc")
        #expect(configuration.state == defaults.state)
        #expect(configuration.broker == defaults.broker)
        #expect(configuration.drainWithin == defaults.drainWithin)
        #expect(configuration.logLevel == defaults.logLevel)
        #expect(configuration.rules.hasSuffix("Config/dongcheng/rules.yaml"))
    }

    @Test func `the environment overrides the file, and flags override both`() throws {
        let file = try temporaryFile("state: from-file\nrules: r.yaml\ndepartments: d.yaml\nheartbeat: 7s\n")
        let environment = ["TOCSIN_STATE": "/from/environment", "TOCSIN_REDELIVER_AFTER": "250ms"]
        let fromEnvironment = try ServiceConfiguration.load(file: file, environment: environment, flags: [])
        #expect(fromEnvironment.state == "/from/environment")
        #expect(fromEnvironment.broker.heartbeat == .seconds(7))
        #expect(fromEnvironment.broker.redeliverAfter == .milliseconds(250))
        let fromFlags = try ServiceConfiguration.load(
            file: file, environment: environment,
            flags: ["--state", "/from/flag", "--endpoints-reports=tcp://127.0.0.1:*"])
        #expect(fromFlags.state == "/from/flag")
        #expect(fromFlags.reports == "tcp://127.0.0.1:*")
    }

    @Test func `paths are relative to the file's folder`() throws {
        let file = try temporaryFile("state: journal\nrules: r.yaml\ndepartments: d.yaml\n")
        let configuration = try ServiceConfiguration.load(file: file, environment: [:], flags: [])
        let folder = URL(fileURLWithPath: file).deletingLastPathComponent().path
        #expect(configuration.state == folder + "/journal")
        #expect(configuration.rules == folder + "/r.yaml")
    }

    @Test func `the folders that the service manager gives are used where the file names none`() throws {
        let file = try temporaryFile("rules: r.yaml\ndepartments: d.yaml\n")
        let environment = ["STATE_DIRECTORY": "/var/lib/a", "RUNTIME_DIRECTORY": "/run/b"]
        let configuration = try ServiceConfiguration.load(file: file, environment: environment, flags: [])
        #expect(configuration.state == "/var/lib/a")
        #expect(configuration.control == "ipc:///run/b/control.ipc")
        let empty = ["STATE_DIRECTORY": "", "RUNTIME_DIRECTORY": ""]
        let usual = try ServiceConfiguration.load(file: file, environment: empty, flags: [])
        #expect(usual.state == "/var/lib/tocsin")
        #expect(usual.control == "ipc:///run/tocsin/control.ipc")
    }

    @Test(arguments: [
        ("heartbeat: often\n", "tocsin.yaml:3:12: 'often' is not a duration for heartbeat"),
        ("endpoints: { reports: localhost }\n", "tocsin.yaml:3:23: 'localhost' is not an endpoint"),
        ("limits: { terminals: none }\n", "tocsin.yaml:3:22: 'none' is not a number for terminals"),
        ("limits: { report-bytes: 99999999 }\n", "tocsin.yaml:3:25: '99999999' is not a number for report-bytes"),
        ("log-level: loud\n", "tocsin.yaml:3:12: 'loud' is not a log level"),
        (
            "keep-processors-awake: maybe\n",
            "tocsin.yaml:3:24: 'maybe' is not valid for keep-processors-awake; valid are true and false"
        ),
        ("heartbaet: 5s\n", "tocsin.yaml:3:1: 'heartbaet' is not a key"),
    ])
    func `a wrong value is named, with what would be right`(_ line: String, _ message: String) throws {
        let file = try temporaryFile("rules: r.yaml\ndepartments: d.yaml\n" + line)
        let error = #expect(throws: ServiceError.self) {
            try ServiceConfiguration.load(file: file, environment: [:], flags: [])
        }
        #expect(error?.description.contains(message) ?? false, "\(error?.description ?? "")")
    }

    @Test(arguments: [
        (
            ["--heartbeat", "often"],
            "--heartbeat: 'often' is not a duration for heartbeat; valid are whole numbers with ms, s, m, h or d"
        ),
        (["--endpoints-feed", "x"], "--endpoints-feed: 'x' is not an endpoint"),
        (["--limits-terminals", "none"], "--limits-terminals: 'none' is not a number for terminals; valid are 1 to"),
        (["--log-level", "loud"], "--log-level: 'loud' is not a log level; valid are trace, debug"),
    ])
    func `a wrong flag is named, with what would be right`(_ flags: [String], _ message: String) throws {
        let file = try temporaryFile("rules: r.yaml\ndepartments: d.yaml\n")
        let error = #expect(throws: ServiceError.self) {
            try ServiceConfiguration.load(file: file, environment: [:], flags: flags)
        }
        #expect(error?.description.contains(message) ?? false, "\(error?.description ?? "")")
    }

    @Test func `a missing file, key and an unknown flag are named`() throws {
        let missing = #expect(throws: ServiceError.self) {
            try ServiceConfiguration.load(file: "/nonexistent/t.yaml", environment: [:], flags: [])
        }
        #expect(missing?.description.contains("/nonexistent/t.yaml cannot be read") ?? false)
        let file = try temporaryFile("departments: d.yaml\n")
        let key = #expect(throws: ServiceError.self) {
            try ServiceConfiguration.load(file: file, environment: [:], flags: [])
        }
        #expect(key?.description.contains("the key 'rules' is missing") ?? false)
        let flag = #expect(throws: ServiceError.self) {
            try ServiceConfiguration.load(file: file, environment: [:], flags: ["--stat", "x"])
        }
        #expect(flag?.description.contains("--stat is not known") ?? false)
    }

    private let shipped = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../Config/tocsin.yaml").standardized.path

    private func temporaryFile(_ text: String) throws -> String {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = folder.appendingPathComponent("tocsin.yaml")
        try text.write(to: file, atomically: true, encoding: .utf8)
        return file.path
    }
}
