import TocsinModel

/// The mailboxes of every `role@level` that a rule set names. They are made once, so that resolving one costs two array
/// reads.
///
/// A class, like the other tables of routing, so that code on the hot path passes one reference instead of many.
final class MailboxTable: Sendable {
    private struct Row: Sendable {
        let role: RoleName
        let level: PlaceLevel
        /// The mailboxes by the number of the place.
        let mailboxes: [Recipient?]
        /// The mailbox for a report without a grid: the role at the directory's only district.
        let withoutGrid: Recipient?
    }

    private let rows: [Row]

    /// Creates one row for each role and size of place, in the given order.
    init(_ roles: [(role: RoleName, level: PlaceLevel)], places: PlaceIndex, directory: Directory) {
        rows = roles.map { role, level in
            let mailboxes = places.places(level).map { code in
                let recipient = Recipient(role: role, at: code)
                return directory.contains(recipient) ? recipient : nil
            }
            let district = level == .district ? directory.district.map { Recipient(role: role, at: $0) } : nil
            return Row(role: role, level: level, mailboxes: mailboxes, withoutGrid: district)
        }
    }

    /// Returns the mailbox of a row for a report's place; nil if there is none.
    func mailbox(_ row: Int, grid: GridCode?, at position: PlaceIndex.Position) -> Recipient? {
        guard grid != nil else { return rows[row].withoutGrid }
        let number = position[rows[row].level]
        return number < 0 ? nil : rows[row].mailboxes[Int(number)]
    }

    /// Returns the reason, for people, why a row has no mailbox for a report's place.
    func reason(_ row: Int, grid: GridCode?) -> String {
        let (role, level) = (rows[row].role, rows[row].level)
        let start = "the fallback stands in for \(role)@\(level.rawValue): "
        guard let grid else { return start + "the report has no grid" }
        guard let place = grid.enclosing(level) else {
            return start + "the report's place \(grid) is larger than a \(level.rawValue)"
        }
        return start + "the directory has no \(Recipient(role: role, at: place))"
    }
}
