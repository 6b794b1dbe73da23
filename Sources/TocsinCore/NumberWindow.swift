import DequeModule
import TocsinModel

/// A map from alert numbers to places, for numbers that are given in ascending order and mostly end in that order.
///
/// Pages of 64 places stand in a window that begins at the oldest number still there: looking one up is two index
/// operations, a thousand open alerts cost about eight bytes each, and one that stays open for years while millions
/// after it end holds a page and an empty entry for each page since.
struct NumberWindow {
    private struct Page {
        var places: [AlertPlace?]
        var used = 0
    }

    private static let pageSize = 64

    private var pages: Deque<Page?> = []
    private var firstPage: Int64 = 0
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    subscript(number: AlertNumber) -> AlertPlace? {
        let page = Int(number.value / Int64(Self.pageSize) - firstPage)
        guard pages.indices.contains(page) else { return nil }
        return pages[page]?.places[Int(number.value) % Self.pageSize]
    }

    /// Adds a number that is not there.
    mutating func insert(_ place: AlertPlace, at number: AlertNumber) {
        let page = Int(pageIndex(makingRoomFor: number.value / Int64(Self.pageSize)))
        if pages[page] == nil { pages[page] = Page(places: [AlertPlace?](repeating: nil, count: Self.pageSize)) }
        pages[page]?.places[Int(number.value) % Self.pageSize] = place
        pages[page]?.used += 1
        count += 1
    }

    /// Removes a number; nothing happens when it is not there.
    mutating func remove(_ number: AlertNumber) {
        let page = Int(number.value / Int64(Self.pageSize) - firstPage)
        guard self[number] != nil else { return }
        count -= 1
        pages[page]?.places[Int(number.value) % Self.pageSize] = nil
        pages[page]?.used -= 1
        guard pages[page]?.used == 0 else { return }
        pages[page] = nil
        while let first = pages.first, first == nil {
            pages.removeFirst()
            firstPage += 1
        }
    }

    private mutating func pageIndex(makingRoomFor page: Int64) -> Int64 {
        if pages.isEmpty { firstPage = page }
        while page < firstPage {
            pages.prepend(nil)
            firstPage -= 1
        }
        while page - firstPage >= pages.count { pages.append(nil) }
        return page - firstPage
    }
}
