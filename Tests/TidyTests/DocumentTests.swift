import Foundation
import Testing

/// Tests what is written for people: each link and each file that is named is there. What links articles and symbols is
/// resolved by docc: see `.ci/documents`.
@Suite struct DocumentTests {
    private static let folders = [".ci", "Config", "Sources", "Tests", "systemd"]

    @Test func `every link leads somewhere`() throws {
        var count = 0
        for document in try documents() {
            for link in try prose(of: document).matches(of: /\]\(([^)]*)\)/) where !link.1.contains("://") {
                count += 1
                let parts = link.1.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
                let file = parts[0].isEmpty ? document : path(String(parts[0]), beside: document)
                #expect(Tree.has(file), "\(document) links to \(link.1).")
                guard parts.count == 2, Tree.has(file) else { continue }
                let headings = try headings(of: file)
                #expect(headings.contains(String(parts[1])), "\(document) links to \(link.1).")
            }
        }
        #expect(count > 20)
    }

    @Test func `every address has a host`() throws {
        let files = try documents() + Tree.files(under: "Config") + Tree.sources(under: "Sources")
        for file in files where !Tree.isFolder(file) {
            for address in try Tree.text(of: file).matches(of: /https?:\/\/[^\s)>"`\\]*/) {
                let host = URL(string: String(address.output))?.host ?? ""
                #expect(host.contains("."), "\(file): \(address.output)")
            }
        }
    }

    @Test func `every path of this tree that is named is there`() throws {
        let files = try documents() + Tree.files(under: "Config") + Tree.files(under: "systemd")
        var count = 0
        for file in files where !Tree.isFolder(file) {
            for path in try Tree.text(of: file).matches(of: /[\w.\/@+-]*\w/) {
                guard Self.folders.contains(where: { path.output.hasPrefix($0 + "/") }) else { continue }
                count += 1
                #expect(Tree.has(String(path.output)), "\(file) names \(path.output).")
            }
        }
        #expect(count > 20)
    }

    /// Such as `Broker.swift` and `TocsinCore/Broker.swift`.
    @Test func `every file that is named without its place is somewhere`() throws {
        let files = try Self.folders.flatMap { try Tree.files(under: $0) }
        var count = 0
        for document in try documents() {
            let spans = try prose(of: document).matches(of: /`(\w[\w+@.\/-]*\.(?:swift|conf|service|yaml|py))`/)
            for span in spans {
                count += 1
                #expect(files.contains { "/\($0)".hasSuffix("/\(span.1)") }, "\(document) names \(span.1).")
            }
        }
        #expect(count > 20)
    }

    private func documents() throws -> [String] {
        let articles = try Tree.files(under: "Sources").filter { $0.hasSuffix(".md") && $0.contains(".docc/") }
        try #require(articles.count > 10)
        return ["README.md"] + articles
    }

    /// The document without its examples.
    private func prose(of document: String) throws -> String {
        let parts = try Tree.text(of: document).components(separatedBy: "```")
        try #require(parts.count % 2 == 1, "\(document) has an example that does not end.")
        return stride(from: 0, to: parts.count, by: 2).map { parts[$0] }.joined()
    }

    /// What a link says of the document's headings: without marks, in small letters, with `-` for each space.
    private func headings(of document: String) throws -> Set<String> {
        let lines = try prose(of: document).split(separator: "\n").filter { $0.hasPrefix("#") }
        return Set(
            lines.map { line in
                let heading = line.drop { $0 == "#" }.trimmingCharacters(in: .whitespaces).lowercased()
                return String(
                    heading.filter { $0.isLetter || $0.isNumber || "-_ ".contains($0) }.map { $0 == " " ? "-" : $0 })
            })
    }

    /// A path as it is written in a document, from the tree's top.
    private func path(_ link: String, beside document: String) -> String {
        var folders = document.split(separator: "/").dropLast()
        for part in link.split(separator: "/") where part != "." {
            if part == ".." { _ = folders.popLast() } else { folders.append(part) }
        }
        return folders.joined(separator: "/")
    }
}
