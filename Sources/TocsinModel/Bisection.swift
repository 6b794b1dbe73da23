extension RandomAccessCollection {
    /// The first place whose element belongs to the second part, by bisection; the end where none does.
    ///
    /// - Parameter belongsToSecond: false for every element of a first part, and true for every one after it.
    @inlinable
    public func partitioningIndex(where belongsToSecond: (Element) -> Bool) -> Index {
        var (low, count) = (startIndex, count)
        while count > 0 {
            let half = count / 2
            let middle = index(low, offsetBy: half)
            if belongsToSecond(self[middle]) {
                count = half
            } else {
                low = index(after: middle)
                count -= half + 1
            }
        }
        return low
    }
}
