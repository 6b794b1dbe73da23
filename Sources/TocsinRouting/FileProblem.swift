/// One thing that is wrong in a file, where it is, and what would be right.
///
///     rules.yaml:12:9: 'Fier' is not a category; valid are Geo, Met, …
public struct FileProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file's name, as it was given to the reader.
    public let file: String
    /// The line, from 1.
    public let line: Int
    /// The column, from 1, in Unicode scalars.
    public let column: Int
    /// The fault, and what would be valid.
    public let message: String

    public init(file: String, line: Int, column: Int, message: String) {
        self.file = file
        self.line = line
        self.column = column
        self.message = message
    }

    public var description: String { "\(file):\(line):\(column): \(message)" }

    /// Says of a file that it was not checked, so that nobody takes the other files' problems for all there are.
    public static func notChecked(_ file: String) -> String {
        "\(file): not checked, for that needs departments, grids and holidays that are right"
    }
}

/// All problems found in one reading, in the order of the file. A file with a problem is refused whole.
public struct FileProblems: Error, Hashable, Sendable, CustomStringConvertible {
    /// The most problems that one reading collects: more than anybody mends at once.
    public static let limit = 50

    /// The problems: at least one, and at most ``limit`` of each file.
    public let problems: [FileProblem]

    public init(_ problems: [FileProblem]) {
        self.problems = problems
    }

    /// The problems, one a line.
    public var description: String { problems.map(\.description).joined(separator: "\n") }
}
