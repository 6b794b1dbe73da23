import Testing
import TocsinSimulator

struct SimulationTests {
    @Test(arguments: 0..<30)
    func `every promise holds in every storm`(tens: UInt64) {
        for seed in tens * 10..<tens * 10 + 10 {
            let outcome = Simulation(seed: seed).run()
            #expect(outcome.violations.isEmpty, "seed \(seed)")
            #expect(outcome.counts.incidents == 12, "seed \(seed)")
        }
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
        #expect(Set((0..<20).map { Simulation(seed: $0).run().traceHash }).count == 20)
    }

    @Test func `the storms blow: each kind of fault happens`() {
        let counts = (0..<40).map { Simulation(seed: $0).run().counts }
        func total(_ count: (Outcome.Counts) -> Int) -> Int { counts.map(count).reduce(0, +) }
        #expect(total { $0.crashes } > 20)
        #expect(total { $0.failedWrites } > 10)
        #expect(total { $0.unreportedWrites } > 0)
        #expect(total { $0.duplicateReceipts } > 20)
        #expect(total { $0.redeliveries } > 100)
        #expect(total { $0.acknowledgements } > 100)
        #expect(total { $0.declines } > 20)
        #expect(total { $0.escalations } > 100)
        #expect(total { $0.refusedUnavailable } > 10)
    }
}
