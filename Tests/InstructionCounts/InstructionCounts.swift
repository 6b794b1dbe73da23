/// A fixed amount of work, for a tool that counts its instructions: `valgrind --tool=callgrind instruction-counts …`.
///
///     instruction-counts incidents COUNT     the daemon's own code for so many incidents, told to four terminals
///     instruction-counts frames COUNT        so many frames through the ZeroMQ wrapper
///
/// What starting takes is the difference to a run with fewer.
@main
enum InstructionCounts {
    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 3, let count = Int(arguments[2]) else {
            preconditionFailure("usage: instruction-counts incidents|frames COUNT")
        }
        switch arguments[1] {
        case "incidents":
            var work = try IncidentWork()
            try work.run(count)
            print("\(count) incidents, \(work.bytes) bytes")
        case "frames":
            print("\(count) frames, \(try FrameWork().run(count)) bytes")
        default: preconditionFailure("usage: instruction-counts incidents|frames COUNT")
        }
    }
}
