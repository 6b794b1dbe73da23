import Foundation
import Testing
import TocsinConfiguration
import TocsinModel

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
        #expect(
            problem(of: file)
                == "\(file):1:2: this is not text in UTF-8 (byte FF); save the file as UTF-8 in the editor")
        #expect(problem(of: file + "/x")?.contains("a part of its path is a file") ?? false)
    }

    /// The bound is said, with the file's size where it says it. Such a file is not read: it may be larger than memory.
    @Test func `a file of many bytes is refused, and not read`() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("tocsin-\(UUID().uuidString)").path
        try Data().write(to: URL(fileURLWithPath: file))
        defer { try? FileManager.default.removeItem(atPath: file) }
        let most = Limits.textFileBytes
        for size in [off_t(most) + 1, 100_000_000, 1 << 40] {
            #expect(truncate(file, size) == 0)
            #expect(
                problem(of: file)
                    == "\(file) cannot be read: it has \(size) bytes, and at most \(most) are allowed")
        }
        // What says nothing of its size is read to the bound.
        let endless = open("/dev/zero", O_RDONLY | O_CLOEXEC)
        defer { close(endless) }
        let problem = #expect(throws: TextFile.Problem.self) {
            _ = try TextFile.bytes(endless, name: "standard input")
        }
        #expect(
            problem?.description
                == "standard input cannot be read: it has more bytes than that, and at most \(most) are allowed")
    }

    @Test func `what is no regular file is refused, and nobody waits for it`() throws {
        let pipe = FileManager.default.temporaryDirectory.appendingPathComponent("tocsin-\(UUID().uuidString)").path
        #expect(mkfifo(pipe, 0o600) == 0)
        defer { unlink(pipe) }
        for path in [pipe, "/dev/zero", "/dev/null"] {
            #expect(
                problem(of: path)
                    == "\(path) cannot be read: it is no regular file; a pipe, a device or a socket is in its place")
        }
    }

    @Test(arguments: ["", "/etc/tocsin/"])
    func `a key where a file is expected is not repeated`(_ folder: String) {
        let key = "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6"
        #expect(
            problem(of: folder + key)
                == "this is a key and not a file; name the file of the pair, as 'tocsin keys make' wrote it")
    }

    @Test func `a path as long as a key is named`() {
        let path = "/nonexistent/Tocsin/keys/dongcheng-1.key"
        #expect(path.count == 40)
        #expect(problem(of: path) == "\(path) cannot be read: there is no such file")
    }

    @Test(arguments: [
        ([0xe9], "1:1", "E9"), (Array("a: 北\r\nb: ".utf8) + [0xc3, 0x28], "2:4", "C3"),
        ([0xef, 0xbb, 0xbf] + Array("a\n\n北 ".utf8) + [0x80, 0x0a], "3:3", "80"),
        // A character that the file's end cuts off.
        (Array("ab\n".utf8) + [0xe5, 0x8c], "2:1", "E5"),
    ])
    func `a file that is not UTF-8 is refused with line, column and byte`(
        _ bytes: [UInt8], _ place: String, _ byte: String
    ) throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("tocsin-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(bytes).write(to: file)
        #expect(
            problem(of: file.path)
                == "\(file.path):\(place): this is not text in UTF-8 (byte \(byte)); save the file as UTF-8 in the editor"
        )
    }

    @Test func `a byte order mark is no part of the text`() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("tocsin-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data("\u{feff}state: x".utf8).write(to: file)
        #expect(try TextFile.read(file.path) == "state: x")
    }
}
