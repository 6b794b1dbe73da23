import Foundation
import Testing

/// The source tree that the tests were built from. Paths are relative to its top.
enum Tree {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../..")
        .standardized

    static func sources(under folder: String) throws -> [String] {
        let swift = try files(under: folder).filter { $0.hasSuffix(".swift") }
        try #require(!swift.isEmpty)
        return swift
    }

    /// Files and folders.
    static func files(under folder: String) throws -> [String] {
        let files = try #require(FileManager.default.enumerator(atPath: root.appendingPathComponent(folder).path))
        return files.compactMap { $0 as? String }.map { "\(folder)/\($0)" }
    }

    static func has(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appendingPathComponent(path).path)
    }

    static func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: root.appendingPathComponent(path).path, isDirectory: &isFolder)
            && isFolder.boolValue
    }

    static func text(of file: String) throws -> String {
        try String(contentsOf: root.appendingPathComponent(file), encoding: .utf8)
    }
}
