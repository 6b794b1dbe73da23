import ArgumentParser
import TocsinModel

extension Timestamp {
    /// Reads an argument that is one time.
    ///
    /// - Throws: A `ValidationError` that says what is valid.
    init(argument: String) throws {
        guard let time = Timestamp(argument) else {
            throw ValidationError("valid is a time with its offset, such as 2026-11-28T03:00:00+08:00.")
        }
        self = time
    }
}
