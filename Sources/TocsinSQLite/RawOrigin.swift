/// The row of the table `journal`, taken apart without SQLite: see ``JournalOrigin``.
enum RawOrigin {
    /// Returns true if a row says that a tail belongs to the journal, and false if it says that none does. Nil for
    /// another row, and for one that its checksum does not prove.
    static func namesTail(_ number: Int64, _ payload: [UInt8]) -> Bool? {
        // The columns are `only`, which is the row's number, and those that the checksum covers, and the checksum.
        guard number == 1, let values = RawRow.values(of: payload), values.count == 5,
            case .text(let epoch) = values[1], case .integer(let written) = values[4],
            let tail = integer(values[2]), let bytes = integer(values[3])
        else { return nil }
        let checksum = payload.withUnsafeBytes {
            JournalOrigin.checksum(UnsafeRawBufferPointer(rebasing: $0[epoch]), tail.number, bytes.number)
        }
        return checksum == written ? tail.number != nil : nil
    }

    /// Returns the number of a column that may be NULL, or nil if it is a text.
    private static func integer(_ value: RawRow.Value) -> (number: Int64?, Void)? {
        switch value {
        case .null: (nil, ())
        case .integer(let number): (number, ())
        case .text: nil
        }
    }
}
