import Foundation
import TocsinSimulator

/// Runs storms by their seeds, and says which promises were broken:
///
///     simulate FIRST LAST     every seed from FIRST to LAST; ends with 1 at the first that breaks a promise
///     simulate --trace SEED   one seed, with everything that happens in it
@main
enum Simulate {
    static func main() {
        let arguments = CommandLine.arguments.dropFirst()
        if arguments.count == 2, arguments.first == "--trace", let seed = arguments.last.flatMap({ UInt64($0) }) {
            let outcome = Simulation(seed: seed).run(keepingTrace: true)
            for line in outcome.trace { print(line) }
            finish(outcome)
        } else if arguments.count == 2, let first = arguments.first.flatMap({ UInt64($0) }),
            let last = arguments.last.flatMap({ UInt64($0) }), first <= last
        {
            var hash: UInt64 = 0
            for seed in first...last {
                let outcome = Simulation(seed: seed).run()
                hash = (hash &* 31) ^ outcome.traceHash
                if !outcome.violations.isEmpty { finish(outcome) }
            }
            print("\(last - first + 1) storms, every promise kept; trace \(String(hash, radix: 16))")
        } else {
            preconditionFailure("usage: simulate FIRST LAST, or simulate --trace SEED")
        }
    }

    private static func finish(_ outcome: Outcome) {
        guard !outcome.violations.isEmpty else { return print("seed \(outcome.seed): every promise kept") }
        print("seed \(outcome.seed), \(outcome.profile)")
        for violation in outcome.violations { print("broken promise: \(violation)") }
        exit(1)
    }
}
