import DequeModule

/// A map from numbers to 64-bit values, for numbers that are given in ascending order and mostly end in that order.
///
/// Pages of 64 values stand in a window that begins at the oldest number still there. Looking a number up takes two
/// index operations. A thousand open numbers cost about eight bytes each. A number that stays open for years while
/// millions after it end holds a page, and an empty entry for each page since.
struct NumberWindow {
    /// The value that stands for no value.
    static let none = UInt64.max

    /// A page of the window. Its only owner changes it in place. A page that windows share is copied before it changes.
    private final class Page {
        private let values: UnsafeMutablePointer<UInt64>
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

        /// The value at a slot of the page, 0 to 63.
        subscript(slot: Int) -> UInt64 {
            get {
                precondition(0 <= slot && slot < NumberWindow.pageSize, "A page has sixty-four slots.")
                return values[slot]
            }
            set {
                precondition(0 <= slot && slot < NumberWindow.pageSize, "A page has sixty-four slots.")
                values[slot] = newValue
            }
        }
    }

    private static let pageSize = 64

    /// Returns the page that has a number. The shift rounds down, also below zero, where a division would not.
    private static func page(of number: Int64) -> Int64 { number >> 6 }

    /// Returns the number's slot in its page, 0 to 63.
    private static func slot(of number: Int64) -> Int { Int(number & 63) }

    private var pages: Deque<Page?> = []
    private var firstPage: Int64 = 0
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    /// The value of a number, or nil if it has none. Any number may be asked for.
    subscript(number: Int64) -> UInt64? {
        guard let index = pageIndex(of: number), let page = pages[index] else { return nil }
        let value = page[Self.slot(of: number)]
        return value == Self.none ? nil : value
    }

    /// Returns the index of the page that has a number, or nil for one outside the window.
    private func pageIndex(of number: Int64) -> Int? {
        // Both pages are sixty-fourths of possible numbers, so their difference cannot overflow.
        let index = Self.page(of: number) - firstPage
        return index >= 0 && index < pages.count ? Int(index) : nil
    }

    /// Sets the value of a number, which is added if it is new.
    ///
    /// - Precondition: The number is 1 or more.
    mutating func insert(_ value: UInt64, at number: Int64) {
        precondition(number > 0 && value != Self.none, "Numbers begin with 1, and a value is one.")
        let isNew = self[number] == nil
        let index = pageIndex(makingRoomFor: Self.page(of: number))
        Self.change(&pages[index]) { page in
            page[Self.slot(of: number)] = value
            if isNew { page.used += 1 }
        }
        if isNew { count += 1 }
    }

    /// Removes a number. Nothing happens if it is not there.
    mutating func remove(_ number: Int64) {
        guard self[number] != nil, let index = pageIndex(of: number) else { return }
        let left = Self.change(&pages[index]) { page in
            page[Self.slot(of: number)] = Self.none
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

    /// Calls `body` with each number after `number` and its value, in order, until it returns false.
    func forEach(after number: Int64, _ body: (Int64, UInt64) -> Bool) {
        guard number < .max else { return }
        let first = max(number + 1, firstPage * Int64(Self.pageSize))
        var begin = Self.slot(of: first)
        for index in min(Int(Self.page(of: first) - firstPage), pages.count)..<pages.count {
            if let page = pages[index] {
                let before = (firstPage + Int64(index)) * Int64(Self.pageSize)
                for slot in begin..<Self.pageSize where page[slot] != Self.none {
                    guard body(before + Int64(slot), page[slot]) else { return }
                }
            }
            begin = 0
        }
    }

    /// Changes a page of this window. A page that a copied window shares is copied first, and a missing one is made.
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
