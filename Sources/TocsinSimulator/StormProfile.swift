/// The kinds and amounts of trouble in one storm.
///
/// Each seed draws its own profile. In some storms nothing goes wrong, in some only one thing does, and in most several
/// things do, each more or less. This also finds faults that only show where others are rare, or where none hides them
/// ("Swarm Testing", Groce et al., ISSTA 2012).
struct StormProfile {
    /// A kind of fault or disturbance.
    enum Trouble: String, CaseIterable {
        case crashes
        /// Disks that have no room or only the reserve, that fail, or that cannot be opened again for a while.
        case fullDisk, failingDisk, closedJournal
        /// The mover stands still, and the journal's tail fills up.
        case blockedMover
        case lostSnapshots
        case slowNetwork, brokenConnections
        case deafTerminals, leavingTerminals
        /// Numbers that nobody has given, in RECEIVED, ACKNOWLEDGE, FOLLOW and CLOSE.
        case strangeNumbers
        /// RECEIVED of many alerts at once, in ranges that overlap.
        case receivedTogether
        /// The civil clock is set, forward or back.
        case clockChanges
        /// The machine stands still, and then everything comes at once.
        case pauses
        case reloads, closings
        /// Recipients subscribe and unsubscribe.
        case subscriptions
        /// Operators ask for silence.
        case silences
        /// Operators take reports out of incidents.
        case splits
    }

    private var weights: [Trouble: Int] = [:]
    /// True if the daemon's own thread writes few records, and waits for them.
    let appendsAtOnce: Bool

    init(using random: inout SplitMix64) {
        let kind = random.pick(0...99)
        let only = Int(random.pick(0...Int64(Trouble.allCases.count - 1)))
        for (place, trouble) in Trouble.allCases.enumerated() {
            let (isThere, weight) = (random.chance(50), Int(random.pick(1...100)))
            switch kind {
            case 0..<8: weights[trouble] = 0
            case 8..<35: weights[trouble] = place == only ? 100 : 0
            case 35..<45: weights[trouble] = 100
            default: weights[trouble] = isThere ? weight : 0
            }
        }
        appendsAtOnce = random.chance(50)
    }

    /// Returns the amount of a trouble, from 0 to 100.
    func weight(of trouble: Trouble) -> Int { weights[trouble] ?? 0 }

    /// Returns the number of times a trouble happens in the whole storm, at most `most` for the full weight.
    func count(of trouble: Trouble, most: Int64, using random: inout SplitMix64) -> Int64 {
        let weight = Int64(weight(of: trouble))
        return weight == 0 ? 0 : random.pick(1...max(1, most * weight / 100))
    }

    /// Returns true in `percent` of a hundred cases for the full weight, and in fewer for less.
    func happens(_ trouble: Trouble, _ percent: Int, using random: inout SplitMix64) -> Bool {
        random.pick(0...9999) < Int64(percent * weight(of: trouble))
    }
}

extension StormProfile: CustomStringConvertible {
    /// "crashes 40, reloads 100", or "nothing".
    var description: String {
        let words = Trouble.allCases.compactMap { trouble in
            weight(of: trouble) > 0 ? "\(trouble.rawValue) \(weight(of: trouble))" : nil
        }
        return words.isEmpty ? "nothing" : words.joined(separator: ", ")
    }
}
