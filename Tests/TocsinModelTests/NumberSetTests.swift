import Testing
import TocsinModel

struct NumberSetTests {
    /// A generator that gives the same numbers each time (Knuth's MMIX constants).
    private struct Sequence: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state
        }
    }

    @Test(arguments: 1...20)
    func `a set of ranges is a set`(seed: UInt64) {
        var random = Sequence(state: seed)
        var numbers = NumberSet()
        var expected: Set<Int64> = []
        for _ in 1...400 {
            let value = Int64.random(in: 1...300, using: &random)
            #expect(numbers.insert(AlertNumber(value)) == expected.insert(value).inserted)
        }
        for value in 0...301 as ClosedRange<Int64> {
            #expect(numbers.contains(AlertNumber(value)) == expected.contains(value))
        }
    }

    @Test(arguments: 1...20)
    func `removing a range removes and returns what was there`(seed: UInt64) {
        var random = Sequence(state: seed)
        var numbers = NumberSet()
        var expected: Set<Int64> = []
        for _ in 1...200 {
            let value = Int64.random(in: 1...300, using: &random)
            numbers.insert(AlertNumber(value))
            expected.insert(value)
        }
        for _ in 1...50 {
            let first = Int64.random(in: 1...300, using: &random)
            let range = first...first + Int64.random(in: 0...20, using: &random)
            let removed = numbers.remove(AlertNumber(range.lowerBound)...AlertNumber(range.upperBound))
            #expect(Set(removed.joined().map(\.value)) == expected.intersection(range))
            expected.subtract(range)
            #expect(numbers.numbers.map(\.value) == expected.sorted())
        }
        #expect(numbers.isEmpty == expected.isEmpty)
    }

    @Test func `a bounded set with very many gaps forgets the lowest numbers`() {
        var numbers = NumberSet(maximumRanges: 100)
        for value in stride(from: 2, through: 202, by: 2) { numbers.insert(AlertNumber(Int64(value))) }
        #expect(!numbers.contains(AlertNumber(2)))
        #expect(numbers.contains(AlertNumber(202)))
    }

    @Test func `the bound holds for numbers in any order, and in a set that was emptied`() {
        var numbers = NumberSet(maximumRanges: 100)
        numbers.insert(AlertNumber(1))
        numbers.removeAll()
        #expect(numbers.isEmpty)
        for value in stride(from: 10_000, through: 2, by: -2) { numbers.insert(AlertNumber(Int64(value))) }
        #expect(numbers.allRanges.count <= 100)
        #expect(!numbers.contains(AlertNumber(1)))
    }
}
