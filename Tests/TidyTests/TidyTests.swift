import Foundation
import Testing

/// Tests the sources themselves, for what neither compiler nor formatter sees.
@Suite struct TidyTests {
    @Test func `no source file is longer than 350 lines`() throws {
        for file in try Tree.sources(under: "Sources") + Tree.sources(under: "Tests") {
            let lines = try Tree.text(of: file).split(separator: "\n", omittingEmptySubsequences: false).count
            #expect(lines <= 351, "\(file) has \(lines) lines.")
        }
    }

    @Test func `sources take no shortcuts around errors, types and threads`() throws {
        let shortcuts = [
            "try!", " as! ", "fatalError(", "Task.detached", "nonisolated(unsafe)", "TO" + "DO", "FIX" + "ME",
        ]
        for file in try Tree.sources(under: "Sources") {
            let text = try Tree.text(of: file)
            let found = shortcuts.filter { text.contains($0) }
            #expect(found.isEmpty, "\(file)")
        }
    }

    @Test func `every unchecked Sendable states its proof`() throws {
        for file in try Tree.sources(under: "Sources") {
            let lines = try Tree.text(of: file).split(separator: "\n", omittingEmptySubsequences: false)
            let declarations = lines.indices.filter {
                lines[$0].contains("@unchecked Sendable") && !lines[$0].hasPrefix("///")
            }
            for index in declarations {
                let above = lines[..<index].suffix(20)
                let hasProof = above.contains { $0.hasPrefix("/// `@unchecked Sendable`: ") }
                #expect(hasProof, "\(file):\(index + 1) gives no proof.")
            }
        }
    }

    @Test func `tests do not sleep, skip or expect to fail`() throws {
        let words = ["sleep(", "XCTSkip", "withKnownIssue", ".disabled("]
        for file in try Tree.sources(under: "Tests") where !file.hasSuffix("TidyTests.swift") {
            let text = try Tree.text(of: file)
            let found = words.filter { text.contains($0) }
            #expect(found.isEmpty, "\(file)")
        }
    }

    @Test func `the core reads no clock, draws no numbers and opens nothing`() throws {
        let doors = [
            "import Foundation", "import Glibc", "import Dispatch", ".random(", " Date(", "ContinuousClock", "await ",
        ]
        for room in ["TocsinModel", "TocsinRouting", "TocsinProof", "TocsinWire", "TocsinCore"] {
            for file in try Tree.sources(under: "Sources/\(room)") {
                let text = try Tree.text(of: file)
                let found = doors.filter { text.contains($0) }
                #expect(found.isEmpty, "\(file)")
            }
        }
    }

    @Test func `every limit is used somewhere`() throws {
        let limits = try Tree.text(of: "Sources/TocsinModel/Limits.swift")
        let names = limits.matches(of: /(?:static let|public var) (\w+)[ :=]/).map { String($0.output.1) }
        #expect(names.count > 20)
        let others = try Tree.sources(under: "Sources").filter { !$0.hasSuffix("/Limits.swift") }
            .map { try Tree.text(of: $0) }
        for name in names {
            let isUsed = others.contains { $0.contains(".\(name)") }
            #expect(isUsed, "Limits.\(name) bounds nothing.")
        }
    }

    @Test func `the top level holds what it should and nothing else`() throws {
        let allowed: Set = ["Package.swift", "Package.resolved", "Sources", "Tests", "Config", "systemd", "README.md"]
        for name in try FileManager.default.contentsOfDirectory(atPath: Tree.root.path) where !name.hasPrefix(".") {
            #expect(allowed.contains(name), "\(name) does not belong at the top level.")
        }
    }
}
