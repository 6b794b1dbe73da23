import TocsinCore
import TocsinModel

/// An alert's recipient and its number there.
struct AlertName: Hashable, CustomStringConvertible {
    let recipient: Recipient
    let number: AlertNumber

    var description: String { "\(recipient) \(number)" }
}

/// The promises of the broker. The raw value is put before each violation.
enum Promise: String {
    case durable = "what is said is on disk"
    case routed = "everybody whom the rules name is told"
    case delivered = "every alert is delivered, most severe first, and repeated with a mark"
    case undelayed = "an exercise waits behind every alert that is none"
    case flowing = "what is stored goes out to terminals that say RECEIVED, also while nothing can be written"
    case spared = "while room is kept, what people say is written, and reports are not"
    case escalated = "an unanswered alert takes its steps in time"
    case answered = "everybody gets one answer"
    case followed = "whoever follows hears of each change once"
    case published = "the feed has what is on disk, in order"
    case agreed = "the state is the fold of the journal"
    case silent = "nothing is said of an incident while the state is unknown"
    case recorded = "the journal has what was said, and nothing else"
    case supervised = "a link that is lost is told once, and its return ends that"
    case reloaded = "rules come into force whole, and for whoever asked"
    case subscribed = "whoever has subscribed is told from the OK on, and no longer than the end"
    case updated = "everyone who was told is told of the news, and a Cancel ends what its sender has reported"
    case hushed = "what a silence keeps still does not ring, and rings when it is over"
    case reopened = "what was owed when an incident ended is owed again once it is opened again"
    case joined = "reports of one happening are one incident with a count, nobody misses anything, and none is lost"
    case settled = "everything comes to an end"
}

/// Collects the violations, and counts events.
struct Observer {
    /// The most violations that are collected in one storm.
    private static let most = 12

    private(set) var violations: [String] = []
    var counts = Outcome.Counts()

    mutating func violate(_ promise: Promise, _ text: String) {
        if violations.count < Self.most { violations.append("\(promise.rawValue): \(text)") }
    }

    /// Notes a violation if the condition does not hold.
    mutating func expect(_ holds: Bool, _ promise: Promise, _ text: @autoclosure () -> String) {
        if !holds { violate(promise, text()) }
    }
}
