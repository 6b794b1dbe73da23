public import TocsinDuty
public import TocsinModel
public import TocsinRouting

extension DutyTable {
    /// Reads a duty file whose text is at hand, and the calendars that it names, in its folder.
    ///
    /// - Parameters:
    ///   - yaml: the file's text.
    ///   - file: the file's path.
    ///   - directory: who can be addressed.
    ///   - holidays: what `holidays` and `workdays` mean; nil if there is no file of them.
    /// - Throws: every problem of the file and its calendars. A calendar that cannot be read is one.
    public init(
        yaml: String, file: String, directory: Directory, holidays: Holidays?
    ) throws(FileProblems) {
        let folder = file.lastIndex(of: "/").map { String(file[...$0]) } ?? ""
        try self.init(
            yaml: yaml, file: file,
            calendars: { name in
                Result { () throws(UnreadableCalendar) in
                    do throws(TextFile.Problem) {
                        return try TextFile.bytes(folder + name)
                    } catch {
                        throw UnreadableCalendar(error.description)
                    }
                }
            }, directory: directory, holidays: holidays, zones: .system)
    }
}
