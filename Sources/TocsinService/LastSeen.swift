import TocsinAccess
import TocsinModel

/// When each principal was let in last, in an array by its number.
struct LastSeen: Sendable {
    /// Milliseconds since 1970; 0 for never.
    private var times: [Int64] = []

    mutating func note(_ number: PrincipalNumber, at time: Timestamp) {
        let index = Int(number.value)
        if index >= times.count { times.append(contentsOf: repeatElement(0, count: index + 1 - times.count)) }
        times[index] = time.milliseconds
    }

    /// The time; nil for never.
    subscript(number: PrincipalNumber) -> Timestamp? {
        let index = Int(number.value)
        return index < times.count && times[index] != 0 ? Timestamp(milliseconds: times[index]) : nil
    }
}
