extension RandomAccessCollection {
    /// Returns the first index whose element belongs to the second part, by bisection. Returns `endIndex` if there is
    /// none.
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
