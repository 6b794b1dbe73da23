import Synchronization

/// A counter of unanswered requests.
final class Outstanding: Sendable {
    private let count = Atomic(0)

    /// Counts one more request. Returns false if the limit is reached.
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
