import DequeModule

/// A map from numbers to 64-bit values, for numbers that are given in ascending order and mostly end in that order.
///
/// Pages of 64 values stand in a window that begins at the oldest number still there: looking one up is two index
/// operations, a thousand open numbers cost about eight bytes each, and one that stays open for years while millions
/// after it end holds a page and an empty entry for each page since.
struct NumberWindow {
    /// What stands for no value.
    static let none = UInt64.max

    /// A page is changed in place by its one owner, and copied with the window only by those who ask for it.
    private final class Page {
        let values: UnsafeMutablePointer<UInt64>
        var used = 0

        init() {
            values = .allocate(capacity: NumberWindow.pageSize)
            values.initialize(repeating: NumberWindow.none, count: NumberWindow.pageSize)
        }

        init(copying other: Page) {
            values = .allocate(capacity: NumberWindow.pageSize)
            values.initialize(from: other.values, count: NumberWindow.pageSize)
            used = other.used
        }

        deinit {
            values.deallocate()
        }
    }

    private static let pageSize = 64

    private var pages: Deque<Page?> = []
    private var firstPage: Int64 = 0
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    /// The value of a number; nil where there is none.
    subscript(number: Int64) -> UInt64? {
        let page = Int(number / Int64(Self.pageSize) - firstPage)
        guard page >= 0, page < pages.count, let values = pages[page]?.values else { return nil }
        let value = values[Int(number) % Self.pageSize]
        return value == Self.none ? nil : value
    }

    /// Adds a number that is not there.
    mutating func insert(_ value: UInt64, at number: Int64) {
        let index = pageIndex(makingRoomFor: number / Int64(Self.pageSize))
        Self.change(&pages[index]) { page in
            page.values[Int(number) % Self.pageSize] = value
            page.used += 1
        }
        count += 1
    }

    /// Removes a number; nothing happens when it is not there.
    mutating func remove(_ number: Int64) {
        guard self[number] != nil else { return }
        let index = Int(number / Int64(Self.pageSize) - firstPage)
        let left = Self.change(&pages[index]) { page in
            page.values[Int(number) % Self.pageSize] = Self.none
            page.used -= 1
            return page.used
        }
        count -= 1
        guard left == 0 else { return }
        pages[index] = nil
        while let first = pages.first, first == nil {
            pages.removeFirst()
            firstPage += 1
        }
    }

    /// The numbers after one and their values, in order, until `body` answers false.
    func forEach(after number: Int64, _ body: (Int64, UInt64) -> Bool) {
        let first = max(number + 1, firstPage * Int64(Self.pageSize))
        var begin = Int(first) % Self.pageSize
        for index in min(Int(first / Int64(Self.pageSize) - firstPage), pages.count)..<pages.count {
            if let page = pages[index] {
                let before = (firstPage + Int64(index)) * Int64(Self.pageSize)
                for offset in begin..<Self.pageSize where page.values[offset] != Self.none {
                    guard body(before + Int64(offset), page.values[offset]) else { return }
                }
            }
            begin = 0
        }
    }

    /// Changes a page as this window's own: one that a copied window shares is copied before, and one that is missing made.
    private static func change<Result>(_ page: inout Page?, _ body: (Page) -> Result) -> Result {
        if !isKnownUniquelyReferenced(&page) { page = page.map(Page.init(copying:)) }
        let own = page ?? Page()
        page = own
        return body(own)
    }

    private mutating func pageIndex(makingRoomFor page: Int64) -> Int {
        if pages.isEmpty { firstPage = page }
        while page < firstPage {
            pages.prepend(nil)
            firstPage -= 1
        }
        while page - firstPage >= pages.count { pages.append(nil) }
        return Int(page - firstPage)
    }
}
