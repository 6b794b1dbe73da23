import TocsinJournal
import TocsinModel

/// Counts of the daemon's work since it started.
struct Counts {
    var reports: Int64 = 0
    var duplicates: Int64 = 0
    /// The duplicates that have other bytes than the first: other reports under the same name.
    var differing: Int64 = 0
    var alertsSent: Int64 = 0
    var redelivered: Int64 = 0
    // People's words that the broker has recorded. ACKNOWLEDGE and DECLINE are recorded once, each STATUS is recorded.
    var acknowledgements: Int64 = 0
    var declines: Int64 = 0
    /// STATUS words on the progress of the work.
    var states: Int64 = 0
    /// The escalation steps taken.
    var escalations: Int64 = 0
    var rings: Int64 = 0
    /// Messages for peers that were gone or took no more, and messages that came too fast for the feed with keys.
    var unsendable: Int64 = 0
    var refused: [RefusalCode: Int64] = [:]
    var commits: Int64 = 0

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("reports", reports)
            json.member("duplicates", duplicates)
            json.member("differing", differing)
            json.member("alertsSent", alertsSent)
            json.member("redelivered", redelivered)
            json.member("acknowledgements", acknowledgements)
            json.member("declines", declines)
            json.member("states", states)
            json.member("escalations", escalations)
            json.member("rings", rings)
            json.member("unsendable", unsendable)
            json.member("commits", commits)
            json.object("refused") { json in
                for code in RefusalCode.allCases {
                    guard let count = refused[code] else { continue }
                    json.key(escaping: code.rawValue)
                    json.integer(count)
                }
            }
        }
    }

    /// Counts a record of the broker.
    mutating func add(_ record: JournalRecord) {
        switch record {
        case .escalated: escalations += 1
        case .personal(let word):
            let count = word.numbers.reduce(0) { $0 + Int64($1.count) }
            switch word.state {
            case .acknowledged: acknowledgements += count
            case .declined: declines += count
            default: states += count
            }
        case .rung: rings += 1
        case .incident, .joined, .received, .stoodDown, .closed, .rules, .subscribed, .unsubscribed, .rated, .silenced,
            .unsilenced, .reopened, .removed:
            break
        }
    }
}
