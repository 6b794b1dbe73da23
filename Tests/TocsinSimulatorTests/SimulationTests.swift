import Foundation
import Testing
import TocsinSimulator

/// Storms by their seeds: the same ones each time, and some that nobody has seen before.
///
/// A seed that fails is run again by itself, in place of those that nobody has seen:
///
///     TOCSIN_SIMULATION_SEED=4711 swift test --filter SimulationTests
struct SimulationTests {
    private static let replayed = ProcessInfo.processInfo.environment["TOCSIN_SIMULATION_SEED"].flatMap { UInt64($0) }

    /// Seeds that nobody has seen, or the one that is asked for.
    private static let fresh: ClosedRange<UInt64> = {
        if let replayed { return replayed...replayed }
        let first = UInt64.random(in: 1_000_000...1_000_000_000_000)
        return first...first + 99
    }()

    @Test(arguments: 0..<20)
    func `every promise holds in every storm`(score: UInt64) {
        for seed in score * 20..<score * 20 + 20 { check(seed) }
    }

    @Test func `every promise holds in storms that nobody has seen`() {
        print("storms that nobody has seen: seeds \(Self.fresh.lowerBound) to \(Self.fresh.upperBound)")
        for seed in Self.fresh { check(seed) }
    }

    private func check(_ seed: UInt64) {
        let outcome = Simulation(seed: seed).run()
        #expect(outcome.violations.isEmpty, "TOCSIN_SIMULATION_SEED=\(seed), with \(outcome.profile)")
        #expect(outcome.counts.incidents == 12, "TOCSIN_SIMULATION_SEED=\(seed)")
    }

    @Test(arguments: [1, 42, 4711])
    func `the same seed is the same storm`(seed: UInt64) {
        let first = Simulation(seed: seed).run(keepingTrace: true)
        let second = Simulation(seed: seed).run()
        #expect(first.traceHash == second.traceHash)
        #expect(first.counts == second.counts)
        #expect(!first.trace.isEmpty && second.trace.isEmpty)
    }

    @Test func `another seed is another storm`() {
        let outcomes = (0..<40).map { Simulation(seed: $0).run() }
        #expect(Set(outcomes.map(\.traceHash)).count == 40)
        // Some are quiet, and some have one kind of fault only.
        let profiles = outcomes.map(\.profile)
        #expect(profiles.contains("nothing"))
        #expect(profiles.contains { !$0.contains(",") && $0.hasSuffix(" 100") })
        #expect(profiles.contains { $0.count(where: { $0 == "," }) >= 10 })
    }

    @Test func `the storms blow: each kind of fault happens`() {
        let counts = (0..<60).map { Simulation(seed: $0).run().counts }
        func total(_ count: (Outcome.Counts) -> Int) -> Int { counts.map(count).reduce(0, +) }
        #expect(total { $0.crashes } > 20)
        #expect(total { $0.failedWrites } > 20)
        #expect(total { $0.failedOpenings } > 10)
        #expect(total { $0.unreportedWrites } > 0)
        #expect(total { $0.sparedRecords } > 10)
        #expect(total { $0.keptSnapshots } > 100)
        #expect(total { $0.lostSnapshots } > 20)
        #expect(total { $0.duplicateReceipts } > 20)
        #expect(total { $0.redeliveries } > 100)
        #expect(total { $0.acknowledgements } > 100)
        #expect(total { $0.declines } > 20)
        #expect(total { $0.escalations } > 100)
        #expect(total { $0.closings } > 20)
        #expect(total { $0.reloads } > 40)
        #expect(total { $0.refusedFiles } > 5)
        #expect(total { $0.refusedNumbers } > 20)
        #expect(total { $0.refusedUnavailable } > 10)
        #expect(total { $0.refusedBusy } > 0)
        #expect(total { $0.clockChanges } > 20)
        #expect(total { $0.progress } > 1000)
        #expect(total { $0.published } > 1000)
        #expect(total { $0.pings } > 1000)
    }
}
