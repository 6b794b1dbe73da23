/// One thing that is wrong in a file, where it is, and what would be right.
///
///     rules.yaml:12:9: 'Fier' is not a category; valid are Geo, Met, …
public struct FileProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file, as its reader was told to call it.
    public let file: String
    /// The line, from 1.
    public let line: Int
    /// The column, from 1, in Unicode scalars.
    public let column: Int
    /// What is wrong, and what would be valid.
    public let message: String

    public init(file: String, line: Int, column: Int, message: String) {
        self.file = file
        self.line = line
        self.column = column
        self.message = message
    }

    public var description: String { "\(file):\(line):\(column): \(message)" }
}

/// Everything that one reading found wrong, in the order of the file; a file with a problem is refused whole.
public struct FileProblems: Error, Hashable, Sendable, CustomStringConvertible {
    /// How many problems one reading collects: more than anybody mends at once.
    public static let limit = 50

    /// At least one, at most ``limit`` of each file.
    public let problems: [FileProblem]

    public init(_ problems: [FileProblem]) {
        self.problems = problems
    }

    /// One problem a line.
    public var description: String { problems.map(\.description).joined(separator: "\n") }
}
