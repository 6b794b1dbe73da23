public import TocsinModel

/// The number of a principal while a daemon runs. 0 is whoever is not asked for a key.
public struct PrincipalNumber: Hashable, Sendable {
    public let value: UInt32

    /// Whoever is not asked for a key, and may do everything.
    public static let anybody = PrincipalNumber(value: 0)
    /// The largest number: three bytes of an identity have it.
    public static let largest = PrincipalNumber(value: 0xfe_ffff)

    public init(value: UInt32) {
        self.value = value
    }
}

/// Everybody who was ever let in while a daemon runs, by number.
///
/// What a number stands for never changes: an entry of the clients file that has been changed gets another number. So
/// the connections that were opened under the old one can be told, and closed.
public struct PrincipalTable: Sendable {
    /// A principal, and whether its key still opens.
    public struct Entry: Hashable, Sendable {
        public let name: PrincipalName
        public let rights: Rights
        /// The moment from which it may do nothing; nil for never.
        public let until: Timestamp?
        /// False if it is no longer among the clients.
        public fileprivate(set) var isListed = true
        /// The number under which the same key opens since its entry has changed; nil for none.
        public fileprivate(set) var successor: PrincipalNumber?

        /// True if it may do what its rights say.
        public func isIn(at time: Timestamp) -> Bool {
            isListed && until.map { time < $0 } ?? true
        }
    }

    /// The entries in the order of their numbers, from 1.
    public private(set) var entries: [Entry] = []
    private var byKey: [PublicKey: PrincipalNumber] = [:]
    private var byUser: [PrincipalName: PrincipalNumber] = [:]

    public init() {}

    /// The entry of a number; nil for ``PrincipalNumber/anybody``, and for one that was never given.
    public subscript(number: PrincipalNumber) -> Entry? {
        guard number.value >= 1, number.value <= entries.count else { return nil }
        return entries[Int(number.value) - 1]
    }

    /// Takes another list of clients.
    ///
    /// - Returns: the principals who are out, or whose entries have changed: their connections must be closed.
    public mutating func use(_ clients: ClientList) -> [PrincipalNumber] {
        var former = byKey
        byKey.removeAll(keepingCapacity: true)
        for principal in clients.principals {
            let entry = Entry(name: principal.name, rights: principal.rights, until: principal.until)
            if let number = former[principal.key], self[number] == entry {
                byKey[principal.key] = number
                former[principal.key] = nil
            } else {
                byKey[principal.key] = add(entry)
            }
        }
        for (key, number) in former {
            entries[Int(number.value) - 1].isListed = false
            entries[Int(number.value) - 1].successor = byKey[key]
        }
        return former.values.sorted { $0.value < $1.value }
    }

    /// Returns the number of whoever has this key; nil for a stranger, and for one whose time is over.
    public func number(of key: PublicKey, at time: Timestamp) -> PrincipalNumber? {
        guard let number = byKey[key], let entry = self[number], entry.isIn(at: time) else { return nil }
        return number
    }

    /// Returns the number of a user of this machine, who may do everything: the folder of the socket lets in whom it
    /// should.
    public mutating func number(of user: PrincipalName) -> PrincipalNumber {
        if let number = byUser[user] { return number }
        let number = add(Entry(name: user, rights: .all, until: nil))
        byUser[user] = number
        return number
    }

    /// Returns the numbers of principals whose time has come to an end in a range of time.
    public func ended(after start: Timestamp, upTo end: Timestamp) -> [PrincipalNumber] {
        byKey.values.filter { number in
            self[number]?.until.map { start < $0 && $0 <= end } ?? false
        }.sorted { $0.value < $1.value }
    }

    /// Returns the first moment after `time` at which a principal's time is over; nil if there is none.
    public func nextEnd(after time: Timestamp) -> Timestamp? {
        byKey.values.compactMap { self[$0]?.until }.filter { $0 > time }.min()
    }

    private mutating func add(_ entry: Entry) -> PrincipalNumber {
        // Sixteen million changes of clients need a restart in between.
        precondition(entries.count < Int(PrincipalNumber.largest.value), "There are no more numbers of principals.")
        entries.append(entry)
        return PrincipalNumber(value: UInt32(entries.count))
    }
}
