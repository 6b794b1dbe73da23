/// A fixed amount of work, for a tool that counts its instructions: `valgrind --tool=callgrind instruction-counts …`.
///
///     instruction-counts incidents COUNT     the daemon's own code for so many incidents, told to four terminals
///     instruction-counts frames COUNT        so many frames through the ZeroMQ wrapper
///     instruction-counts few COUNT           so many reports routed by 100 rules, of which ten match
///     instruction-counts more COUNT          the same by 10,000 rules
///     instruction-counts many COUNT          the same by 100,000 rules
///     instruction-counts searched COUNT      the same by 10,000 rules that are found by the report's texts alone
///     instruction-counts alone COUNT         the same by the ten rules that match alone
///     instruction-counts near COUNT          the same with 10,000 rules beside them that ask for what is near elsewhere
///     instruction-counts subscribed COUNT    the same with 10,000 subscriptions, none of which is met
///
/// What starting takes is the difference to a run with fewer.
@main
enum InstructionCounts {
    private static let usage =
        "usage: instruction-counts incidents|frames|few|more|many|searched|alone|near|subscribed COUNT"

    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 3, let count = Int(arguments[2]) else {
            preconditionFailure(usage)
        }
        switch arguments[1] {
        case "incidents":
            var work = try IncidentWork()
            try work.run(count)
            print("\(count) incidents, \(work.bytes) bytes")
        case "frames":
            print("\(count) frames, \(try FrameWork().run(count)) bytes")
        default:
            guard let size = RulesWork.Size(rawValue: arguments[1]) else { preconditionFailure(usage) }
            let work = try RulesWork(size)
            let clock = ContinuousClock()
            let start = clock.now
            let recipients = work.run(count)
            let each = (clock.now - start) / max(count, 1)
            print("\(count) reports, \(size.count) rules, \(recipients) recipients, \(each) each")
        }
    }
}
