import Foundation
import Testing
import Threads
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
        return first...first + 9
    }()

    @Test func `every promise holds in storms that nobody has seen`() async throws {
        print("storms that nobody has seen: seeds \(Self.fresh.lowerBound) to \(Self.fresh.upperBound)")
        try await check(Self.fresh)
    }

    /// Two terminals that are joined anew when the journal has failed. A slow network, and a PONG that comes when the daemon
    /// has begun to end. A clock that is set ahead by a month behind reports that join.
    @Test(arguments: [77_001_210, 174_479_605_275, 235_289_746_010])
    func `every promise holds in storms that have broken one`(seed: UInt64) async throws {
        try await check(seed...seed)
    }

    private func check(_ seeds: ClosedRange<UInt64>) async throws {
        for (seed, outcome) in zip(seeds, try await outcomes(of: seeds)) { check(outcome, of: seed) }
    }

    private func check(_ outcome: Outcome, of seed: UInt64) {
        #expect(outcome.violations.isEmpty, "TOCSIN_SIMULATION_SEED=\(seed), with \(outcome.profile)")
        #expect(outcome.counts.incidents == 12 || seed == 125, "TOCSIN_SIMULATION_SEED=\(seed)")
    }

    /// Storms blow on threads of their own, one for each processor at a time. The pool's threads are for tests that wait for
    /// others: a client's test beside storms on these would wait for minutes.
    private static let processors = DispatchSemaphore(value: ProcessInfo.processInfo.activeProcessorCount)

    private func outcomes(of seeds: ClosedRange<UInt64>, keepingTrace: Bool = false) async throws -> [Outcome] {
        try await OwnThread.run("storms") {
            Self.processors.wait()
            defer { Self.processors.signal() }
            return seeds.map { Simulation(seed: $0).run(keepingTrace: keepingTrace) }
        }
    }

    @Test(arguments: [1, 42, 4711])
    func `the same seed is the same storm`(seed: UInt64) async throws {
        let first = try #require(try await outcomes(of: seed...seed, keepingTrace: true).first)
        let second = try #require(try await outcomes(of: seed...seed).first)
        #expect(first.traceHash == second.traceHash)
        #expect(first.counts == second.counts)
        #expect(!first.trace.isEmpty && second.trace.isEmpty)
    }

    /// One test, for it is the same storms that blow for all of this.
    @Test func `every promise holds in every storm, no two are the same, and each kind of fault happens`() async throws
    {
        async let first = outcomes(of: 0...39)
        async let second = outcomes(of: 40...79)
        // This one has more reports at once than may wait for the disk.
        async let crowded = outcomes(of: 125...125)
        let storms = try await first + second + crowded
        for (seed, outcome) in zip((0...79 as ClosedRange<UInt64>) + [125], storms) { check(outcome, of: seed) }
        #expect(Set(storms.map(\.traceHash)).count == storms.count)
        // Some are quiet, and some have one kind of fault only.
        let profiles = storms.map(\.profile)
        #expect(profiles.contains("nothing"))
        #expect(profiles.contains { !$0.contains(",") && $0.hasSuffix(" 100") })
        #expect(profiles.contains { $0.count(where: { $0 == "," }) >= 10 })
        let counts = storms.map(\.counts)
        func total(_ count: (Outcome.Counts) -> Int) -> Int { counts.map(count).reduce(0, +) }
        #expect(total { $0.crashes } > 20)
        #expect(total { $0.failedWrites } > 20)
        #expect(total { $0.failedOpenings } > 10)
        #expect(total { $0.unreportedWrites } > 0)
        #expect(total { $0.sparedRecords } > 10)
        #expect(total { $0.keptSnapshots } > 100)
        #expect(total { $0.lostSnapshots } > 20)
        #expect(total { $0.linkReports } > 60)
        #expect(total { $0.duplicateReceipts } > 20)
        #expect(total { $0.redeliveries } > 100)
        #expect(total { $0.acknowledgements } > 100)
        #expect(total { $0.declines } > 20)
        #expect(total { $0.escalations } > 100)
        #expect(total { $0.closings } > 20)
        #expect(total { $0.updates } > 60)
        #expect(total { $0.cancels } > 10)
        #expect(total { $0.reopenings } > 5)
        #expect(total { $0.joins } > 20)
        #expect(total { $0.splits } > 5)
        #expect(total { $0.reloads } > 40)
        #expect(total { $0.refusedFiles } > 5)
        #expect(total { $0.refusedNumbers } > 20)
        #expect(total { $0.refusedUnavailable } > 10)
        #expect(total { $0.refusedBusy } > 0)
        #expect(total { $0.subscribed } > 50)
        #expect(total { $0.unsubscribed } > 5)
        #expect(total { $0.subscribedAlerts } > 50)
        #expect(total { $0.refusedSubscriptions } > 50)
        #expect(total { $0.clockChanges } > 20)
        #expect(total { $0.progress } > 1000)
        #expect(total { $0.published } > 1000)
        #expect(total { $0.pings } > 1000)
    }
}
