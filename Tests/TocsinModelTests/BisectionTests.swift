import Testing
import TocsinModel

struct BisectionTests {
    @Test func `the second part begins where a search one by one finds it`() {
        for count in 0...20 {
            let numbers = (0..<count).map { $0 * 2 }
            for border in -1...41 {
                let expected = numbers.firstIndex { $0 >= border } ?? numbers.endIndex
                #expect(numbers.partitioningIndex { $0 >= border } == expected)
                let slice = numbers.dropFirst(3)
                let inSlice = slice.firstIndex { $0 >= border } ?? slice.endIndex
                #expect(slice.partitioningIndex { $0 >= border } == inSlice)
            }
        }
    }
}
