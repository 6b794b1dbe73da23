import TocsinModel

/// Finds the subscriptions that a report meets, at a cost that hardly grows with the others, and takes one more or one
/// fewer at a small cost.
///
/// Compiled tables do not change, so the newest subscriptions are asked one by one. When there are as many as is cheap,
/// they go onto a shelf together with every shelf that is not much larger. Each shelf is at least twice as large as the
/// next, so there are few, and a subscription moves to a larger one a dozen times at most: the logarithmic method of
/// Bentley and Saxe ("Decomposable searching problems I", J. Algorithms 1, 1980). What has ended stays on its shelf and
/// is passed over, until half of what the shelves hold has ended.
struct SubscriptionIndex: Sendable {
    /// Subscriptions that are asked one by one, in some microseconds.
    private static let askedOneByOne = 64

    private var shelves: [Shelf] = []
    private var newest: [CompiledSubscription] = []
    /// What the shelves hold that has ended.
    private var ended: Set<ObjectIdentifier> = []
    private var shelved = 0
    /// The fields in which some subscription searches, or has searched, as bits.
    private(set) var searched: UInt8 = 0

    init() {}

    init(_ subscriptions: [CompiledSubscription]) {
        searched = subscriptions.reduce(0) { $0 | $1.conditions.asked.searched }
        if subscriptions.count < Self.askedOneByOne {
            newest = subscriptions
        } else {
            shelve(subscriptions)
        }
    }

    mutating func add(_ subscription: CompiledSubscription) {
        newest.append(subscription)
        searched |= subscription.conditions.asked.searched
        guard newest.count >= Self.askedOneByOne else { return }
        var together = newest
        newest = []
        while let last = shelves.last, last.subscriptions.count < 2 * together.count {
            shelves.removeLast()
            shelved -= last.subscriptions.count
            together = standing(last.subscriptions) + together
        }
        shelve(together)
    }

    /// Removes a subscription that has been added.
    mutating func remove(_ subscription: CompiledSubscription) {
        if let place = newest.firstIndex(where: { $0 === subscription }) {
            newest.remove(at: place)
            return
        }
        ended.insert(ObjectIdentifier(subscription))
        guard 2 * ended.count > shelved else { return }
        var left: [CompiledSubscription] = []
        for shelf in shelves { left += standing(shelf.subscriptions) }
        self = SubscriptionIndex(left + newest)
    }

    /// Returns the subscriptions whose conditions a report meets, the oldest first.
    func matches(_ subject: Case) -> [CompiledSubscription] {
        let subject = subject.reading(searched)
        var found = newest.filter { $0.conditions.firstUnmet(by: subject) == nil }
        for shelf in shelves { shelf.find(subject, except: ended, into: &found) }
        if found.count > 1 { found.sort(by: CompiledSubscription.isBefore) }
        return found
    }

    private mutating func shelve(_ subscriptions: [CompiledSubscription]) {
        guard !subscriptions.isEmpty else { return }
        shelves.append(Shelf(subscriptions))
        shelved += subscriptions.count
    }

    /// Takes what has ended out of a shelf's content. It is forgotten then.
    private mutating func standing(_ subscriptions: [CompiledSubscription]) -> [CompiledSubscription] {
        guard !ended.isEmpty else { return subscriptions }
        return subscriptions.filter { ended.remove(ObjectIdentifier($0)) == nil }
    }
}

/// Subscriptions that were compiled together.
private struct Shelf: Sendable {
    /// The keys of one subscription. Anybody who may subscribe chooses its conditions, and the sum of all must be
    /// bounded.
    private static let keysPerSubscription = 256

    let subscriptions: [CompiledSubscription]
    private let places: PlaceIndex
    private let tuples: TupleSpace

    init(_ subscriptions: [CompiledSubscription]) {
        self.subscriptions = subscriptions
        places = PlaceIndex(subscriptions.flatMap { $0.conditions.asked.flatMap(\.places) })
        tuples = TupleSpace(
            subscriptions.map(\.conditions), places: places, keysPerRule: Self.keysPerSubscription)
    }

    func find(_ subject: Case, except ended: Set<ObjectIdentifier>, into found: inout [CompiledSubscription]) {
        tuples.forEachCandidate(of: subject, at: places.position(of: subject.report.grid)) { index in
            let subscription = subscriptions[index]
            if subscription.conditions.firstUnmet(by: subject) == nil,
                ended.isEmpty || !ended.contains(ObjectIdentifier(subscription))
            {
                found.append(subscription)
            }
            return true
        }
    }
}
