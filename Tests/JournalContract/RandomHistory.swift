public import TocsinJournal
import TocsinModel

/// Records as a broker may write them, at random from a seed. There are incidents with alerts for action and for
/// information, steps and closings. Words are about any alert that was ever given, also long after it was settled.
public struct RandomHistory {
    private static let recipients = ["fire", "police@110101005", "leader@110101", "gas"].map(Sample.recipient)

    public private(set) var entries: [JournalEntry] = []
    /// The incidents' lives, as ``TocsinJournal/IncidentLife`` folds them.
    public private(set) var lives: [IncidentLife] = []

    private var numbers = Array(repeating: 0 as Int64, count: recipients.count)
    private var nextSteps: [Int] = []
    private var random: Random
    /// False for a history of before format 10.
    private let rings: Bool

    /// A journal with so many incidents.
    ///
    /// - Parameters:
    ///   - seed: Decides everything.
    ///   - incidents: How many there are.
    ///   - rings: False for a history of before format 10, in which nothing rings again, is stood down, is rated, is opened
    ///     again or joins another incident.
    public init(seed: UInt64, incidents count: Int, rings: Bool = true) {
        random = Random(state: seed)
        self.rings = rings
        while lives.count < count || random.pick(20) > 0 {
            let kind = random.pick(rings ? 13 : 10)
            if lives.isEmpty || (kind < 2 && lives.count < count) {
                report()
            } else if kind < 5 {
                speak(.received)
            } else if kind < 8 {
                speak([.acknowledged, .enRoute, .onScene, .resolved, .declined, .resolved][random.pick(6)])
            } else if kind == 8 {
                escalate()
            } else if rings, kind == 9 {
                ring()
            } else if rings, kind == 10 {
                standDown()
            } else if rings, kind == 11 {
                reopen()
            } else if rings, kind == 11 {
                join()
            } else if random.pick(3) == 0 {
                append(Sample.closed(lives[random.pick(lives.count)].number.value))
            } else if rings, random.pick(4) == 0 {
                rate()
            }
        }
    }

    private mutating func append(_ record: JournalRecord) {
        let entry = Sample.entry(Int64(entries.count + 1), record)
        entries.append(entry)
        // An Update or a Cancel is also news of others.
        for index in lives.indices { lives[index].apply(entry) }
        guard let life = IncidentLife(entry) else { return }
        lives.append(life)
        nextSteps.append(0)
    }

    private mutating func giveNumber(to recipient: Int) -> AlertNumber {
        numbers[recipient] += 1
        return AlertNumber(numbers[recipient])
    }

    private mutating func report() {
        var alerts: [IncidentRecord.Alert] = []
        for recipient in Self.recipients.indices where random.pick(2) == 0 || alerts.isEmpty {
            let purpose: Purpose = random.pick(2) == 0 ? .action : .information
            let addressee = Addressee(
                recipient: Self.recipients[recipient], purpose: purpose, rule: "random",
                acknowledgeWithinMilliseconds: purpose == .action ? 60_000 : nil)
            alerts.append(IncidentRecord.Alert(addressee, number: giveNumber(to: recipient), terminals: 0))
        }
        let news = anyNews()
        let steps = (1...3).map { Plan.Step(afterMilliseconds: Int64($0) * 60_000, to: Self.recipients[2]) }
        append(
            .incident(
                IncidentRecord(
                    name: ReportName(sender: "random", identifier: "\(entries.count)"), event: "fire", category: .fire,
                    severity: .severe, status: .actual, grid: nil, alerts: alerts,
                    plans: [
                        Plan(
                            rule: "random", acknowledgeWithinMilliseconds: 60_000, watched: [0], steps: steps,
                            feedbackWithinMilliseconds: entries.count % 2 == 0 ? 900_000 : nil)
                    ], rules: .zero, report: [UInt8]("{}".utf8), principal: somebody(), news: news,
                    split: news == nil ? anySplit() : nil)))
    }

    /// A report that joins some incident, and tells nobody.
    private mutating func join() {
        let life = lives[random.pick(lives.count)]
        let news = ReportNews(
            .alert, roots: [.init(life.number, sender: life.record.name.sender)], joined: life.reportCount + 1)
        append(
            .joined(
                IncidentRecord(
                    name: ReportName(sender: "random", identifier: "\(entries.count)"), event: "fire", category: .fire,
                    severity: .minor, status: .actual, grid: nil, alerts: [], plans: [], rules: .zero,
                    report: [UInt8]("{}".utf8), principal: somebody(), news: news)))
    }

    /// Now and then an operator has taken the report out of an earlier incident.
    private mutating func anySplit() -> ReportSplit? {
        guard rings, !lives.isEmpty, random.pick(8) == 0 else { return nil }
        let life = lives[random.pick(lives.count)]
        let person = Person(by: "Li", note: "\(entries.count)", principal: "operator-li")
        return ReportSplit(of: life.joined.last?.record ?? Position(1), from: life.number, by: person)
    }

    /// An incident that has closed is opened again for those whose alerts the end cancelled, with the plans that it had.
    private mutating func reopen() {
        let closed = lives.indices.filter { index in
            !lives[index].isOpen && lives[index].alerts.contains { $0.state == .cancelled }
        }
        guard !closed.isEmpty else { return }
        let index = closed[random.pick(closed.count)]
        let record = lives[index].record
        var alerts: [IncidentRecord.Alert] = []
        for alert in lives[index].alerts where alert.state == .cancelled {
            guard let recipient = Self.recipients.firstIndex(of: alert.recipient),
                !alerts.contains(where: { $0.recipient == alert.recipient })
            else { continue }
            let addressee = Addressee(
                recipient: alert.recipient, purpose: alert.purpose, rule: alert.rule,
                acknowledgeWithinMilliseconds: alert.purpose == .action ? 60_000 : nil)
            alerts.append(IncidentRecord.Alert(addressee, number: giveNumber(to: recipient), terminals: 0))
        }
        append(
            .reopened(
                ReopenedRecord(
                    incident: lives[index].number, person: Person(by: "Li", note: "again", principal: somebody()),
                    category: record.category, severity: record.severity, status: record.status, grid: record.grid,
                    reportBytes: record.report.count, sender: record.name.sender, news: record.news, alerts: alerts,
                    plans: record.plans)))
        nextSteps[index] = 0
    }

    /// Now and then it is an Update or a Cancel of one or two earlier incidents, or of none.
    private mutating func anyNews() -> ReportNews? {
        guard random.pick(4) == 0 else { return nil }
        var roots: [ReportNews.Root] = []
        for _ in 0..<random.pick(3) where !lives.isEmpty {
            let life = lives[random.pick(lives.count)]
            guard !roots.contains(where: { $0.incident == life.number }) else { continue }
            roots.append(.init(life.number, sender: life.record.name.sender))
        }
        let astray = random.pick(2) == 0 ? [] : [ReportNews.Astray(ReportName(sender: "a", identifier: "b"), .unknown)]
        return ReportNews(random.pick(2) == 0 ? .update : .cancel, roots: roots, astray: astray)
    }

    /// Whose connection it is: a client's, a user's of this machine, or nobody's where no keys are asked for.
    private func somebody() -> String? { ["handheld-7", "fire-desk", "uid:li", nil][entries.count % 4] }

    /// A word about one to three ranges of a recipient's numbers: mostly the newest, sometimes any.
    private mutating func speak(_ state: AlertState) {
        let recipient = random.pick(Self.recipients.count)
        let last = numbers[recipient]
        guard last > 0 else { return }
        var ranges: [ClosedRange<Int64>] = []
        var next = random.pick(3) == 0 ? Int64(random.pick(Int(last))) + 1 : max(1, last - Int64(random.pick(4)))
        for _ in 0...random.pick(3) where next <= last {
            let end = min(last, next + Int64(random.pick(3)))
            ranges.append(next...end)
            next = end + 2
        }
        let numbers = ranges.map { AlertNumber($0.lowerBound)...AlertNumber($0.upperBound) }
        if state == .received {
            append(
                .received(
                    ReceivedRecord(
                        recipient: Self.recipients[recipient], numbers: numbers, principal: somebody())))
        } else {
            append(
                .personal(
                    PersonalRecord(
                        recipient: Self.recipients[recipient], numbers: numbers, state: state,
                        person: Person(by: "Wang", note: "\(entries.count)", principal: somebody()))))
        }
    }

    /// A word of whoever reported an incident that is closed.
    private mutating func rate() {
        let closed = lives.filter { !$0.isOpen }
        guard !closed.isEmpty else { return }
        let rating = Rating(
            score: 1 + random.pick(5), note: random.pick(2) == 0 ? "太晚" : nil, by: random.pick(2) == 0 ? "Li" : nil,
            principal: somebody())
        append(.rated(RatedRecord(incident: closed[random.pick(closed.count)].number, rating: rating)))
    }

    /// The next step of an incident that is open: of one that has ended the broker takes none.
    private mutating func escalate() {
        let open = lives.indices.filter { lives[$0].isOpen && nextSteps[$0] < 3 }
        guard !open.isEmpty else { return }
        let index = open[random.pick(open.count)]
        let number = giveNumber(to: 2)
        append(
            Sample.escalated(
                lives[index].number.value, step: nextSteps[index], to: Self.recipients[2], number.value))
        nextSteps[index] += 1
    }

    private mutating func pickAlert() -> (IncidentLife, IncidentLife.Alert) {
        let life = lives[random.pick(lives.count)]
        return (life, life.alerts[random.pick(life.alerts.count)])
    }

    /// An alert of any incident rings again, perhaps with another time to acknowledge.
    private mutating func ring() {
        let (life, alert) = pickAlert()
        append(
            .rung(
                RungRecord(
                    incident: life.number, recipient: alert.recipient, number: alert.number,
                    cause: [.unanswered, .silent, .declined, .feedback][random.pick(4)],
                    plan: random.pick(2) == 0 ? 0 : nil,
                    acknowledgeWithinMilliseconds: alert.purpose == .action && random.pick(2) == 0 ? 90_000 : nil)))
    }

    /// An alert of any incident is stood down, mostly for now.
    private mutating func standDown() {
        let (life, alert) = pickAlert()
        append(
            .stoodDown(
                StoodDownRecord(
                    incident: life.number, recipient: alert.recipient, number: alert.number,
                    state: random.pick(4) == 0 ? .cancelled : .silenced,
                    cause: .answered(Self.recipients[0], by: "Wang"))))
    }

    /// SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014).
    private struct Random {
        var state: UInt64

        /// 0 to `count` - 1.
        mutating func pick(_ count: Int) -> Int {
            state &+= 0x9e37_79b9_7f4a_7c15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
            return Int((mixed ^ (mixed >> 31)) % UInt64(count))
        }
    }
}
