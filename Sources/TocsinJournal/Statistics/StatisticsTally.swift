public import TocsinModel

/// Counts the courses of alerts, and answers STATS.
public struct StatisticsTally: Sendable {
    /// An alert that missed its deadline.
    fileprivate struct Missed: Sendable {
        var course: AlertCourse
        var recipient: Int
        var number: Int64
        var over: Int64
    }

    private let question: StatisticsQuestion
    private let now: Timestamp
    private let since: Int64
    private let until: Int64
    /// The groups, of which the first is of what did not become one of its own, because there are too many.
    private var groups = [StatisticsGroup()]
    private var keys: [Int64] = [0]
    private var indices: [Int64: Int] = [:]
    /// The group of the last alert, which is likely that of the next one.
    private var last: (key: Int64, index: Int)?
    /// All incidents and their ratings, each counted once.
    private var all = StatisticsGroup()
    private var missed: [Missed] = []
    /// What is over by no more is not among those that missed by most.
    private var leastOver = Int64.min

    /// - Parameters:
    ///   - question: What is asked.
    ///   - now: The time at which what is open is judged.
    public init(_ question: StatisticsQuestion, now: Timestamp) {
        (self.question, self.now) = (question, now)
        since = question.since?.milliseconds ?? .min
        until = question.until?.milliseconds ?? .max
    }

    /// Counts the courses of a page.
    ///
    /// - Parameters:
    ///   - key: The page's key.
    ///   - bytes: Its bytes.
    public mutating func add(page key: Int64, _ bytes: UnsafeRawBufferPointer) {
        let (recipient, first) = (CoursePage.recipient(ofPage: key), CoursePage.first(ofPage: key))
        CoursePage.forEachCourse(in: bytes) { slot, course in
            guard course.told >= since, course.told < until else { return }
            add(course, recipient, first + Int64(slot))
        }
    }

    private mutating func add(_ course: AlertCourse, _ recipient: Int, _ number: Int64) {
        let isMissed = course.isMissed(now: now.milliseconds)
        all.count(course, countsIncident: course.isFirst)
        groups[index(of: group(of: course, recipient))].add(
            course, countsIncident: countsIncident(course), isMissed: isMissed, now: now.milliseconds)
        if question.by == .level, course.isFirst { countClimb(course) }
        if isMissed { note(course, recipient, number) }
    }

    /// Returns true if an alert is the one by which its group counts the incident.
    private func countsIncident(_ course: AlertCourse) -> Bool {
        switch question.by {
        case .recipient: true
        // What nobody took on was rated for what others did, if anybody did.
        case .person: course.person != 0
        case .rule: course.isFirstOfRule
        case .place, .severity: course.isFirst
        case .level: false
        }
    }

    /// Counts how far up an incident went: at each size that it reached, at the one where it ended, and where it skipped one.
    private mutating func countClimb(_ course: AlertCourse) {
        let climb = course.climb
        all.ended += 1
        if climb.hasSkipped { all.skipped += 1 }
        for rank in 0...Climb.withoutPlace where climb.reached(rank) {
            let index = index(of: Int64(rank))
            groups[index].count(course, countsIncident: true)
            if climb.highest == rank { groups[index].ended += 1 }
            if climb.skipped(rank) { groups[index].skipped += 1 }
        }
    }

    private mutating func index(of key: Int64) -> Int {
        if let last, last.key == key { return last.index }
        let known = indices[key]
        guard known != nil || groups.count <= Limits.statisticsGroups else { return 0 }
        let index = known ?? groups.count
        if known == nil {
            indices[key] = index
            groups.append(StatisticsGroup())
            keys.append(key)
        }
        last = (key, index)
        return index
    }

    /// True where incidents are counted once in each group. A recipient has one alert of an incident, mostly.
    private var countsIncidents: Bool {
        switch question.by {
        case .rule, .place, .severity, .level: true
        case .recipient, .person: false
        }
    }

    private func group(of course: AlertCourse, _ recipient: Int) -> Int64 {
        switch question.by {
        case .recipient: Int64(recipient)
        case .person: Int64(course.person)
        case .rule: Int64(course.rule)
        case .severity: Int64(course.severity.rank)
        case .level: Int64(Climb.rank(course.level))
        case .place:
            GridCode(packed: course.place).map { Int64(($0.enclosing(question.level) ?? $0).packed) } ?? 0
        }
    }

    /// Keeps those that missed their deadline by most.
    private mutating func note(_ course: AlertCourse, _ recipient: Int, _ number: Int64) {
        let over = (course.acknowledged ?? course.ended ?? now.milliseconds - course.told) - (course.within ?? 0)
        guard over >= leastOver else { return }
        missed.append(Missed(course: course, recipient: recipient, number: number, over: over))
        if missed.count > 2 * Limits.statisticsMissed { sortMissed() }
    }

    private mutating func sortMissed() {
        missed.sort {
            ($1.over, $0.course.incident, $0.recipient, $0.number)
                < ($0.over, $1.course.incident, $1.recipient, $1.number)
        }
        guard missed.count >= Limits.statisticsMissed else { return }
        missed.removeLast(missed.count - Limits.statisticsMissed)
        leastOver = missed.last?.over ?? leastOver
    }

    /// Writes the answer.
    ///
    /// - Parameters:
    ///   - json: The writer.
    ///   - counted: The last record that is counted.
    ///   - uncounted: The number of records after it.
    ///   - name: Returns the name with a number, or nil.
    /// - Throws: The errors of `name`.
    public mutating func write(
        to json: inout JSONWriter, counted: Position, uncounted: Int64, name: (Int) throws -> String?
    ) throws {
        sortMissed()
        var total = StatisticsGroup()
        for group in groups { total.add(group) }
        total.takeIncidents(of: all)
        let (lines, others) = try lines(name)
        let late = try missed.map { ($0, try name($0.recipient), try name($0.course.rule), try name($0.course.person)) }
        let withClimb = question.by == .level
        json.object { json in
            question.writeMembers(to: &json)
            json.member("counted", counted.value)
            json.member("uncounted", uncounted)
            json.key("total")
            total.write(to: &json, named: nil, withIncidents: true, withClimb: withClimb)
            json.array("groups") { json in
                for (name, group) in lines {
                    group.write(to: &json, named: name, withIncidents: countsIncidents, withClimb: withClimb)
                }
            }
            if others.alerts > 0 {
                json.key("others")
                others.write(to: &json, named: nil, withIncidents: countsIncidents, withClimb: withClimb)
            }
            json.array("missed") { json in
                for (one, recipient, rule, person) in late { one.write(to: &json, recipient, rule, person) }
            }
        }
    }

    /// Returns the groups with most alerts, by their names, and the rest as one. Sizes of place come from the smallest on.
    private func lines(
        _ name: (Int) throws -> String?
    ) rethrows -> (lines: [(String?, StatisticsGroup)], others: StatisticsGroup) {
        let isLadder = question.by == .level
        let sorted = (1..<groups.count).sorted { left, right in
            isLadder
                ? keys[left] < keys[right]
                : (groups[right].alerts, keys[left]) < (groups[left].alerts, keys[right])
        }
        var others = groups[0]
        for index in sorted.dropFirst(Limits.statisticsRows) { others.add(groups[index]) }
        let lines = try sorted.prefix(Limits.statisticsRows).map { index -> (String?, StatisticsGroup) in
            let (key, group) = (keys[index], groups[index])
            return switch question.by {
            case .recipient, .person, .rule: (try name(Int(key)), group)
            case .place: (GridCode(packed: UInt64(key))?.description, group)
            case .severity: (Severity.allCases.first { $0.rank == key }?.rawValue, group)
            case .level: (Int(key) < Climb.levels.count ? Climb.levels[Int(key)].rawValue : nil, group)
            }
        }
        return (lines, others)
    }
}

extension StatisticsTally.Missed {
    /// `{"incident":17,"recipient":"fire","number":3,"rule":"structure fire","toldAt":T,"acknowledgeBy":T,
    /// "acknowledgedAt":T,"by":"Wang, desk 2"}`, the last two if somebody took it on.
    fileprivate func write(to json: inout JSONWriter, _ recipient: String?, _ rule: String?, _ person: String?) {
        let told = Timestamp(milliseconds: course.told)
        json.object { json in
            json.member("incident", course.incident)
            json.member("recipient", ifPresent: recipient)
            json.member("number", number)
            json.member("rule", ifPresent: rule)
            json.member("toldAt", told)
            json.member("acknowledgeBy", told + .milliseconds(course.within ?? 0))
            guard let acknowledged = course.acknowledged else { return }
            json.member("acknowledgedAt", told + .milliseconds(acknowledged))
            json.member("by", ifPresent: person)
        }
    }
}
