import Foundation
import Logging
import Testing
import TocsinConfiguration
import ZeroMQ

@testable import TocsinService

/// A configuration that is changed while the daemon runs.
@Suite final class ConfigurationWatchTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tocsin-\(UUID().uuidString)")
    private var file: String { folder.path + "/tocsin.yaml" }

    init() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try write("rules: r.yaml\ndepartments: d.yaml\nheartbeat: 7s\n")
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }

    private func write(_ text: String) throws {
        try text.write(toFile: file, atomically: true, encoding: .utf8)
    }

    private func watch(environment: [String: String] = [:], flags: [String] = []) throws -> ConfigurationWatch {
        let configuration = try ServiceConfiguration.load(file: file, environment: environment, flags: flags)
        let watch = ConfigurationWatch(
            configuration.sources, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        watch.look()
        #expect(watch.latest?.change == ConfigurationChange())
        return watch
    }

    private func change(_ watch: ConfigurationWatch, to text: String) throws -> ConfigurationChange? {
        try write(text)
        watch.look()
        #expect(watch.latest?.file == file)
        return watch.latest?.change
    }

    @Test func `keys with another value are named, and none once the file is as it was`() throws {
        let watch = try watch()
        let changed = "heartbeat: 9s\ndepartments: d.yaml\nrules: r.yaml\ngrids: g.yaml\n"
        #expect(try change(watch, to: changed) == ConfigurationChange(keys: ["grids", "heartbeat"]))
        #expect(
            try change(watch, to: "# the same\nrules: r.yaml\ndepartments: d.yaml\nheartbeat: 7s\n")?.isNone == true)
    }

    @Test func `a file that no start would take is told with its problems`() throws {
        let watch = try watch()
        let slip = try change(watch, to: "rules: r.yaml\ndepartments: d.yaml\nhartbeat: 7s\n")
        #expect(slip?.problems.count == 1)
        #expect(slip?.problems.first?.hasPrefix("\(file):3:1: 'hartbeat' is not a key of the configuration") == true)
        #expect(try change(watch, to: "heartbeat: 7s\n")?.problems.count == 2)
        try FileManager.default.removeItem(atPath: file)
        watch.look()
        #expect(watch.latest?.change.problems == ["\(file) cannot be read: there is no such file"])
    }

    @Test func `a broker's key that no start would take is told as well, also where only its rights have changed`()
        throws
    {
        let key = folder.path + "/broker.key"
        _ = try KeyFile.make(key, heading: [])
        try write("rules: r.yaml\ndepartments: d.yaml\nsecurity: { key: broker.key, clients: c.yaml }\n")
        let watch = try watch()
        #expect(chmod(key, 0o644) == 0)
        watch.look()
        #expect(watch.latest?.change.problems.first?.hasPrefix("\(key) can be read by others") == true)
        #expect(chmod(key, 0o600) == 0)
        watch.look()
        #expect(watch.latest?.change.isNone == true)
        try FileManager.default.removeItem(atPath: key)
        watch.look()
        #expect(watch.latest?.change.problems == ["\(key) cannot be read: there is no such file"])
    }

    @Test func `another pair in the broker's key file is told, until the one in force is back`() throws {
        let key = folder.path + "/broker.key"
        let inForce = try KeyFile.make(key, heading: []).publicKey
        try write("rules: r.yaml\ndepartments: d.yaml\nsecurity: { key: broker.key, clients: c.yaml }\n")
        var configuration = try ServiceConfiguration.load(file: file, environment: [:], flags: [])
        configuration.sources?.brokerKey = inForce
        let watch = ConfigurationWatch(
            configuration.sources, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        watch.look()
        #expect(watch.latest?.change.isNone == true)
        try FileManager.default.moveItem(atPath: key, toPath: key + ".old")
        _ = try KeyFile.make(key, heading: [])
        watch.look()
        #expect(watch.latest?.change == ConfigurationChange(hasAnotherKey: true))
        #expect(watch.latest?.change.isNone == false)
        try FileManager.default.removeItem(atPath: key)
        try FileManager.default.moveItem(atPath: key + ".old", toPath: key)
        watch.look()
        #expect(watch.latest?.change.isNone == true)
    }

    @Test func `what a variable or a flag overrides does not change with the file`() throws {
        let watch = try watch(environment: ["TOCSIN_GRIDS": "/g.yaml"], flags: ["--heartbeat", "7s"])
        let text = "rules: r.yaml\ndepartments: d.yaml\nheartbeat: 9s\ngrids: other.yaml\n"
        #expect(try change(watch, to: text)?.isNone == true)
    }
}
