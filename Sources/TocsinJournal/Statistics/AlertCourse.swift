public import TocsinModel

/// How one alert went: when it was given, received, taken on and ended, and what it is counted by. It is the fold of the
/// records about it, as far as statistics need them.
///
/// In a ``CoursePage`` it takes ``byteCount`` bytes, all numbers little-endian. A number of all ones is missing. No alert
/// is there where the incident is 0.
///
///     offset  0         8      16         21        26            31     36        41      45     52    55      58
///             incident  told   reporting  received  acknowledged  ended  feedback  within  place  rule  person  …
///     bytes   8         8      5          5         5             5      5         4       7      3     3       4
///
/// The last four bytes are the marks, the state, the score and the climb. The marks are the severity's rank (3 bits), then 1
/// bit each: for action, first of its incident, first of its rule in the incident, declined. The state has 4 bits, and the
/// recipient's rank in a ``Climb`` the others.
public struct AlertCourse: Hashable, Sendable {
    /// The bytes of one course in a page.
    static let byteCount = 62

    /// The incident's number.
    public var incident: Int64
    /// The time at which the alert was given, or rang first where a silence kept it still, in milliseconds since
    /// 1970-01-01T00:00:00Z.
    public var told: Int64
    /// Milliseconds from the report's own `sent` until it was stored; nil for an alert that a step brought, and of a
    /// report that was taken out of an incident.
    public var reporting: Int64?
    /// Milliseconds from ``told`` until a terminal first said RECEIVED; nil if none has.
    public var received: Int64?
    /// Milliseconds from ``told`` until a person first took it on; nil if nobody has.
    public var acknowledged: Int64?
    /// Milliseconds from ``told`` until it was resolved or cancelled; nil while it is neither.
    public var ended: Int64?
    /// The milliseconds within which somebody must take it on; nil where nobody need, or need any more: it was stood down in
    /// that time, and cancelled or taken on before it rang again.
    public var within: Int64?
    /// The milliseconds within which whoever reported was promised an answer; nil where nobody has promised one.
    public var feedback: Int64?
    /// The incident's place, as ``TocsinModel/GridCode`` packs it; 0 for none.
    public var place: UInt64
    /// The rule and the person who took it on, by their numbers among the names; 0 for none.
    public var rule: Int
    public var person: Int
    public var severity: Severity
    public var purpose: Purpose
    /// True for the first alert of its incident, by which incidents are counted; false for news of another incident.
    public var isFirst: Bool
    /// True for the first alert of its incident by this rule.
    public var isFirstOfRule: Bool
    /// True if anybody has declined it before it ended.
    public var isDeclined = false
    public var state = AlertState.queued
    /// The reporter's last rating of the incident, 1 to 5; 0 for none.
    public var score = 0
    /// The size of the recipient's place; nil for none.
    public var level: PlaceLevel?
    /// How far up the incident went; in its first alert alone.
    public var climb = Climb()

    /// Returns true if nobody had taken it on when its time was over.
    ///
    /// - Parameter now: The time, in milliseconds since 1970-01-01T00:00:00Z, which decides while it is still open.
    public func isMissed(now: Int64) -> Bool {
        guard purpose == .action, let within else { return false }
        return acknowledged ?? ended ?? (now - told) > within
    }

    /// Returns true if the answer that whoever reported was promised was not given in time, false if it was, and nil if none
    /// is promised or it has time still. It is given when the alert is resolved or cancelled.
    ///
    /// - Parameter now: The time, in milliseconds since 1970-01-01T00:00:00Z, which decides while it is still owed.
    public func isPromiseMissed(now: Int64) -> Bool? {
        guard let feedback else { return nil }
        if state.isFinished, let ended { return ended > feedback }
        return now - told > feedback ? true : nil
    }
}

extension AlertCourse {
    /// The alert's beginning, before any word about it.
    init(
        incident: Int64, told: Timestamp, reporting: Int64?, within: Int64?, place: GridCode?, rule: Int,
        severity: Severity, purpose: Purpose, isFirst: Bool, isFirstOfRule: Bool, level: PlaceLevel?
    ) {
        (self.incident, self.told, self.reporting, self.within) = (incident, told.milliseconds, reporting, within)
        (self.place, self.rule, person) = (place?.packed ?? 0, rule, 0)
        (self.severity, self.purpose) = (severity, purpose)
        (self.isFirst, self.isFirstOfRule, self.level) = (isFirst, isFirstOfRule, level)
    }

    /// Folds a ring. Of an alert that a silence had kept still nobody was told before.
    ///
    /// - Parameters:
    ///   - ring: The record.
    ///   - at: Its time.
    mutating func ring(_ ring: RungRecord, at: Timestamp) {
        if ring.cause == .lifted, state == .silenced, acknowledged == nil {
            (told, received) = (at.milliseconds, nil)
            within = ring.acknowledgeWithinMilliseconds ?? within
        }
        apply(.queued, at: at, by: 0)
    }

    /// Folds a word about the alert.
    ///
    /// - Parameters:
    ///   - word: `received`, a person's word, `queued` for one that rings again, `silenced` or `cancelled`.
    ///   - at: The time of its record.
    ///   - person: Who spoke, by the number among the names; 0 for nobody.
    mutating func apply(_ word: AlertState, at: Timestamp, by person: Int) {
        // A clock that was set back makes no negative times.
        let after = max(0, at.milliseconds - told)
        if word == .received, received == nil { received = after }
        guard !state.isFinished else { return }
        let next = state.after(word, for: purpose)
        if word == .declined { isDeclined = true }
        if word.isTaken, word.isPersonal, acknowledged == nil { (acknowledged, self.person) = (after, person) }
        // Who is stood down owes nothing, until it rings again. What came of that in the end makes nobody late.
        if state == .silenced, next == .cancelled || word.isTaken, let within, let ended, ended <= within {
            self.within = nil
        }
        ended = next.isFinished || next == .silenced ? after : nil
        state = next
    }
}

// MARK: - As bytes

extension AlertCourse {
    /// Reads a course. Nil where no alert is.
    init?(_ bytes: UnsafeRawBufferPointer) {
        let incident = Self.number(bytes, at: 0, bytes: 8)
        guard incident != 0 else { return nil }
        func time(_ offset: Int, _ count: Int = 5) -> Int64? {
            let value = Self.number(bytes, at: offset, bytes: count)
            return value == Self.missing(count) ? nil : Int64(value)
        }
        self.incident = Int64(truncatingIfNeeded: incident)
        told = Int64(truncatingIfNeeded: Self.number(bytes, at: 8, bytes: 8))
        (reporting, received, acknowledged, ended) = (time(16), time(21), time(26), time(31))
        feedback = time(36)
        within = time(41, 4)
        place = Self.number(bytes, at: 45, bytes: 7)
        rule = Int(Self.number(bytes, at: 52, bytes: 3))
        person = Int(Self.number(bytes, at: 55, bytes: 3))
        let marks = bytes[58]
        severity = Self.severities[min(Int(marks & 7), Self.severities.count - 1)]
        purpose = marks & 8 != 0 ? .action : .information
        (isFirst, isFirstOfRule, isDeclined) = (marks & 16 != 0, marks & 32 != 0, marks & 64 != 0)
        state = Self.states[min(Int(bytes[59] & 15), Self.states.count - 1)]
        let rank = Int(bytes[59] >> 4)
        level = rank < Climb.levels.count ? Climb.levels[rank] : nil
        score = Int(bytes[60])
        climb = Climb(byte: bytes[61])
    }

    func write(to bytes: UnsafeMutableRawBufferPointer) {
        func put(_ value: UInt64, _ offset: Int, _ count: Int) {
            for index in 0..<count { bytes[offset + index] = UInt8(truncatingIfNeeded: value >> (8 * UInt64(index))) }
        }
        func put(_ time: Int64?, _ offset: Int, _ count: Int = 5) {
            let missing = Self.missing(count)
            put(time.map { min(UInt64(max(0, $0)), missing - 1) } ?? missing, offset, count)
        }
        put(UInt64(bitPattern: incident), 0, 8)
        put(UInt64(bitPattern: told), 8, 8)
        put(reporting, 16)
        put(received, 21)
        put(acknowledged, 26)
        put(ended, 31)
        put(feedback, 36)
        put(within, 41, 4)
        put(place, 45, 7)
        put(UInt64(rule), 52, 3)
        put(UInt64(person), 55, 3)
        bytes[58] =
            severity.rank | (purpose == .action ? 8 : 0) | (isFirst ? 16 : 0) | (isFirstOfRule ? 32 : 0)
            | (isDeclined ? 64 : 0)
        bytes[59] = UInt8(Self.states.firstIndex(of: state) ?? 0) | UInt8(Climb.rank(level)) << 4
        bytes[60] = UInt8(score)
        bytes[61] = climb.byte
    }

    /// The severities by their rank.
    private static let severities: [Severity] = [.extreme, .severe, .moderate, .minor, .unknown]
    /// The states by their byte. A new one is added at the end.
    private static let states: [AlertState] = [
        .queued, .sent, .received, .acknowledged, .enRoute, .onScene, .resolved, .declined, .cancelled,
        .silenced,
    ]

    private static func missing(_ count: Int) -> UInt64 { UInt64.max >> UInt64(64 - 8 * count) }

    private static func number(_ bytes: UnsafeRawBufferPointer, at offset: Int, bytes count: Int) -> UInt64 {
        // Fewer than eight bytes remain only behind the last numbers.
        guard offset + 8 <= bytes.count else {
            return (0..<count).reduce(0) { $0 | UInt64(bytes[offset + $1]) << (8 * UInt64($1)) }
        }
        let value = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        return value & missing(count)
    }
}

/// The courses of some consecutive alerts of one recipient, so many that a page of SQLite's is nearly full.
public struct CoursePage: Hashable, Sendable {
    /// The alerts of one page.
    public static let courses: Int64 = 65
    /// The pages of one recipient are numbered with so many bits.
    private static let pageBits: Int64 = 40
    /// The most that a recipient's number among the names may be.
    static let mostRecipients = 1 << 22

    /// The bytes of the courses up to the last alert.
    public private(set) var bytes: [UInt8]
    /// The newest time at which one of the alerts was given.
    public private(set) var newest: Int64

    init() {
        (bytes, newest) = ([], .min)
    }

    /// Creates a page of what was stored.
    public init(_ bytes: [UInt8], newest: Int64) {
        (self.bytes, self.newest) = (bytes, newest)
    }

    /// Returns the key of the page that has an alert, or nil for an alert that no page can have.
    public static func key(of number: AlertNumber, recipient: Int) -> Int64? {
        let page = number.value / courses
        guard number.value >= 0, page < 1 << pageBits, (1..<mostRecipients).contains(recipient) else { return nil }
        return Int64(recipient) << pageBits | page
    }

    /// The number of the recipient among the names.
    public static func recipient(ofPage key: Int64) -> Int { Int(key >> pageBits) }

    /// The number of the first alert of a page.
    public static func first(ofPage key: Int64) -> Int64 { (key & (1 << pageBits - 1)) * courses }

    /// The course in a slot, from 0 on.
    public internal(set) subscript(slot: Int) -> AlertCourse? {
        get {
            let offset = slot * AlertCourse.byteCount
            guard offset + AlertCourse.byteCount <= bytes.count else { return nil }
            return bytes.withUnsafeBytes {
                AlertCourse(UnsafeRawBufferPointer(rebasing: $0[offset..<offset + AlertCourse.byteCount]))
            }
        }
        set {
            guard let newValue else { return }
            let offset = slot * AlertCourse.byteCount
            let missing = offset + AlertCourse.byteCount - bytes.count
            if missing > 0 { bytes.append(contentsOf: repeatElement(0, count: missing)) }
            bytes.withUnsafeMutableBytes {
                newValue.write(
                    to: UnsafeMutableRawBufferPointer(rebasing: $0[offset..<offset + AlertCourse.byteCount]))
            }
            newest = max(newest, newValue.told)
        }
    }

    /// Removes the course in a slot. Returns false if there was none.
    public mutating func removeCourse(_ slot: Int) -> Bool {
        guard self[slot] != nil else { return false }
        let offset = slot * AlertCourse.byteCount
        for index in offset..<offset + AlertCourse.byteCount { bytes[index] = 0 }
        newest = .min
        var last = 0
        bytes.withUnsafeBytes { bytes in
            Self.forEachCourse(in: bytes) { slot, course in (newest, last) = (max(newest, course.told), slot + 1) }
        }
        bytes.removeLast(bytes.count - last * AlertCourse.byteCount)
        return true
    }

    /// Calls `body` with each course, in the order of the alerts' numbers, and the slot in which it stands.
    public static func forEachCourse(
        in bytes: UnsafeRawBufferPointer, _ body: (Int, AlertCourse) throws -> Void
    ) rethrows {
        var offset = 0
        while offset + AlertCourse.byteCount <= bytes.count {
            let one = UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + AlertCourse.byteCount])
            if let course = AlertCourse(one) { try body(offset / AlertCourse.byteCount, course) }
            offset += AlertCourse.byteCount
        }
    }
}
