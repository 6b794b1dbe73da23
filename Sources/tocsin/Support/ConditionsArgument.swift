import Glibc
import TocsinModel

/// Conditions as somebody gives them: JSON on the command line, or the path of a file that has it.
enum ConditionsArgument {
    /// Returns the conditions as JSON without spaces.
    ///
    /// - Throws: a ``Failure`` `invalid` for text that is not a JSON object, and for what is neither JSON nor a file.
    static func read(_ given: String) throws -> String {
        let isInline = given.drop { $0.isWhitespace }.hasPrefix("{")
        guard isInline || given == "-" || access(given, F_OK) == 0 || errno != ENOENT else {
            throw Failure(
                .invalid,
                "--when wants conditions as JSON, such as --when '{\"event\": \"smoke-alarm\"}', or a file that has them; "
                    + "'\(given.shortened)' is no JSON object, and there is no file of that name.")
        }
        let bytes = try isInline ? [UInt8](given.utf8) : InputFile.read(given)
        let source = isInline ? "--when" : given == "-" ? "standard input" : given
        do {
            return try JSONParser(maximumBytes: bytes.count).parse(bytes) { json in
                guard json.kind == .object else {
                    throw Failure(
                        .invalid, "\(source): the conditions are one JSON object, such as {\"category\": \"Fire\"}.")
                }
                var text = JSONWriter()
                text.value(json)
                return text.text
            }
        } catch let error as JSONSyntaxError {
            throw Failure(.invalid, "\(source): the conditions are not JSON: \(error)")
        }
    }
}
