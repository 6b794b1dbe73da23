import Foundation
import Testing
import TocsinConfiguration

@Suite struct TextFileTests {
    /// What reading says of a file with these bytes; nil where nothing is wrong.
    private func problem(of path: String) -> String? {
        do {
            _ = try TextFile.read(path)
            return nil
        } catch {
            return error.description
        }
    }

    @Test func `a file that cannot be read is named, with why`() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tocsin-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("rules.yaml").path
        #expect(problem(of: file) == "\(file) cannot be read: there is no such file")
        #expect(problem(of: folder.path) == "\(folder.path) cannot be read: it is a folder, and a file is expected")
        try Data([0x72, 0xff, 0xfe]).write(to: URL(fileURLWithPath: file))
        #expect(problem(of: file) == "\(file) cannot be read: it is not text in UTF-8; save it as UTF-8 in the editor")
        #expect(problem(of: file + "/x")?.contains("a part of its path is a file") ?? false)
        #expect(problem(of: "/dev/zero") == "/dev/zero cannot be read: it has more than \(TextFile.maximumBytes) bytes")
    }

    @Test func `a byte order mark is no part of the text`() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("tocsin-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data("\u{feff}state: x".utf8).write(to: file)
        #expect(try TextFile.read(file.path) == "state: x")
    }
}
