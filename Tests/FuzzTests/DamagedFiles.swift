import Foundation
import JournalContract
import Testing
import TocsinJournal
import TocsinModel

@testable import TocsinSQLite

/// A file as it stood at one moment. Its holes take no room.
struct FileImage {
    private static let block = 4096

    private(set) var count: Int
    private var blocks: [Int: [UInt8]] = [:]

    init(of path: String) throws {
        let file = try #require(FileHandle(forReadingAtPath: path))
        defer { try? file.close() }
        let zeros = Data(count: Self.block)
        count = 0
        while let bytes = try file.read(upToCount: Self.block), !bytes.isEmpty {
            if bytes != zeros { blocks[count] = [UInt8](bytes) }
            count += bytes.count
        }
    }

    /// The places that hold something, and the zeros beside that.
    var places: [Int] { blocks.keys.sorted().flatMap { $0..<min($0 + Self.block, count) } }

    subscript(place: Int) -> UInt8 {
        get { blocks[place / Self.block * Self.block]?[place % Self.block] ?? 0 }
        set {
            blocks[place / Self.block * Self.block, default: [UInt8](repeating: 0, count: Self.block)][
                place % Self.block] = newValue
        }
    }

    mutating func cut(to newCount: Int) {
        count = newCount
        blocks = blocks.filter { $0.key < newCount }
        if let last = blocks.keys.max(), let bytes = blocks[last] {
            blocks[last] = Array(bytes.prefix(newCount - last))
        }
    }

    func write(to path: String) throws {
        try #require(FileManager.default.createFile(atPath: path, contents: nil))
        let file = try #require(FileHandle(forWritingAtPath: path))
        try file.truncate(atOffset: UInt64(count))
        for (place, bytes) in blocks {
            try file.seek(toOffset: UInt64(place))
            try file.write(contentsOf: bytes)
        }
        try file.close()
    }
}

/// What became of a journal with changed bytes.
enum Outcome: Equatable {
    /// Exactly what was written.
    case everything
    /// That, without the records of the last append.
    case withoutLastBatch
    /// A ``JournalError``.
    case refused
    case somethingElse(String)

    init(_ written: [JournalEntry], lastBatch: Int, _ read: () throws -> [JournalEntry]) {
        do {
            let found = try read()
            if found == written {
                self = .everything
            } else if found == Array(written.dropLast(lastBatch)) {
                self = .withoutLastBatch
            } else {
                self = .somethingElse("records \(found.map(\.position.value)) of \(written.count)")
            }
        } catch is JournalError {
            self = .refused
        } catch {
            self = .somethingElse("\(error)")
        }
    }
}

/// How often each thing has happened, so that a test that tries thousands says what it has seen.
struct Tally {
    private(set) var refused = 0
    private(set) var everything = 0
    private(set) var withoutLastBatch = 0
    private(set) var wrong: [String] = []

    mutating func add(_ outcome: Outcome, mayMissLastBatch: Bool = false, _ what: @autoclosure () -> String) {
        switch outcome {
        case .everything: everything += 1
        case .refused: refused += 1
        case .withoutLastBatch where mayMissLastBatch: withoutLastBatch += 1
        case .withoutLastBatch: wrong.append("\(what()): the last batch is missing")
        case .somethingElse(let found): wrong.append("\(what()): \(found)")
        }
    }
}
