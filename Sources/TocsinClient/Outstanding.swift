import Synchronization

/// Counts requests without an answer.
final class Outstanding: Sendable {
    private let count = Atomic(0)

    /// Counts one more; false where there are as many as there may be.
    func begin(limit: Int) -> Bool {
        guard count.add(1, ordering: .relaxed).newValue <= limit else {
            end()
            return false
        }
        return true
    }

    func end() {
        count.subtract(1, ordering: .relaxed)
    }
}
