import Glibc
import TocsinJournal
import TocsinModel

/// The pages of `journal.sqlite` and of its log as they lie on the disk, read without SQLite. Rows are found even if
/// the tree that leads to them is damaged (https://www.sqlite.org/fileformat2.html). Nothing is written.
///
/// A page with rows of a table begins like this. Numbers are big-endian:
///
///     0   1 byte    13
///     3   2 bytes   the number of cells
///     8   2 bytes   for each cell, its place in the page
///
/// In page 1, the file's header of 100 bytes comes before that. A cell is the payload's length and the row's number, as
/// varints, and the payload. A long payload goes on in other pages: the cell ends with the first page's number, and
/// each of them begins with the next one's.
struct RawPages: ~Copyable {
    private static let (fileHeaderBytes, logHeaderBytes, frameHeaderBytes) = (100, 32, 24)
    /// The size of a page in every journal.
    private static let usualPageBytes = 4096
    /// More bytes than any record has.
    private static let payloadLimit = Limits.recordBytes + Limits.recordBytes / 2

    private let table: Int32
    private let log: Int32
    let pageBytes: Int
    private let pageCount: Int
    private let frameCount: Int
    /// The newest frame of each page.
    private var newestFrame: [Int: Int] = [:]

    /// Opens both files. The log may be missing.
    init(_ path: String) throws(JournalError) {
        let (table, log) = (open(path, O_RDONLY | O_CLOEXEC), open(path + "-wal", O_RDONLY | O_CLOEXEC))
        (self.table, self.log) = (table, log)
        let header = Self.read(100, at: 0, from: table)
        let announced = header.count == 100 ? Int(header[16]) << 8 | Int(header[17]) : 0
        let isPossible = announced == 1 || announced >= 512 && announced & (announced - 1) == 0
        pageBytes = isPossible ? (announced == 1 ? 65_536 : announced) : Self.usualPageBytes
        pageCount = table < 0 ? 0 : (Self.size(of: table) + pageBytes - 1) / pageBytes
        let frameBytes = Self.frameHeaderBytes + pageBytes
        frameCount = log < 0 ? 0 : max(0, Self.size(of: log) - Self.logHeaderBytes) / frameBytes
        for frame in 0..<frameCount {
            let header = Self.read(4, at: Self.logHeaderBytes + frame * frameBytes, from: log)
            if header.count == 4 { newestFrame[Int(Self.number(header[...]))] = frame }
        }
        guard table >= 0 || log >= 0 || access(path, F_OK) != 0 else { throw .unreadable(path, errno) }
    }

    deinit {
        if table >= 0 { close(table) }
        if log >= 0 { close(log) }
    }

    /// The number of pages in both files.
    var count: Int { pageCount + frameCount }

    /// Calls `body` with the number and the payload of each cell of a page that looks like a table's row. The file's
    /// pages come first, then the log's.
    func forEachCell(ofPage index: Int, _ body: (Int64, [UInt8]) throws -> Void) rethrows {
        let isInLog = index >= pageCount
        let page = isInLog ? framePage(index - pageCount) : filePage(index + 1)
        let start = !isInLog && index == 0 ? Self.fileHeaderBytes : 0
        guard page.count >= start + 8, page[start] == 13 else { return }
        for cell in 0..<(Int(page[start + 3]) << 8 | Int(page[start + 4])) {
            let pointer = start + 8 + 2 * cell
            guard pointer + 2 <= page.count else { return }
            let offset = Int(page[pointer]) << 8 | Int(page[pointer + 1])
            guard offset < page.count else { continue }
            var rest = page[offset...]
            guard let length = Varint.take(from: &rest), let row = Varint.take(from: &rest),
                length > 0, length <= Self.payloadLimit
            else { continue }
            // Both versions of the pages that follow are tried, because a page may have been reused since.
            for usesLog in [true, false] {
                guard let payload = payload(Int(length), rest, usesLog: usesLog) else { continue }
                try body(row, payload)
            }
        }
    }

    private func payload(_ length: Int, _ cell: ArraySlice<UInt8>, usesLog: Bool) -> [UInt8]? {
        let (most, least) = (pageBytes - 35, (pageBytes - 12) * 32 / 255 - 23)
        if length <= most { return cell.count >= length && usesLog ? Array(cell.prefix(length)) : nil }
        let fitting = least + (length - least) % (pageBytes - 4)
        let local = fitting <= most ? fitting : least
        guard cell.count >= local + 4 else { return nil }
        var payload = Array(cell.prefix(local))
        payload.reserveCapacity(length)
        var next = Int(Self.number(cell.dropFirst(local)))
        while payload.count < length {
            let page = usesLog ? newestPage(next) : filePage(next)
            guard next > 0, page.count == pageBytes else { return nil }
            next = Int(Self.number(page[...]))
            payload += page[4...].prefix(length - payload.count)
        }
        return payload
    }

    private func newestPage(_ number: Int) -> [UInt8] {
        if let frame = newestFrame[number] { framePage(frame) } else { filePage(number) }
    }

    private func filePage(_ number: Int) -> [UInt8] {
        guard table >= 0, (1...max(pageCount, 1)).contains(number) else { return [] }
        return Self.read(pageBytes, at: (number - 1) * pageBytes, from: table)
    }

    private func framePage(_ frame: Int) -> [UInt8] {
        let offset = Self.logHeaderBytes + frame * (Self.frameHeaderBytes + pageBytes) + Self.frameHeaderBytes
        return Self.read(pageBytes, at: offset, from: log)
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    private static func size(of descriptor: Int32) -> Int {
        var information = stat()
        return fstat(descriptor, &information) == 0 ? Int(information.st_size) : 0
    }

    /// Returns up to so many bytes. There are fewer if the disk does not give them.
    private static func read(_ count: Int, at offset: Int, from descriptor: Int32) -> [UInt8] {
        guard descriptor >= 0 else { return [] }
        return [UInt8](unsafeUninitializedCapacity: count) { bytes, filled in
            while filled < count {
                let more = pread(
                    descriptor, bytes.baseAddress.map { $0 + filled }, count - filled, off_t(offset + filled))
                if more < 0, errno == EINTR { continue }
                guard more > 0 else { return }
                filled += more
            }
        }
    }
}

/// A number of SQLite's in one to nine bytes, with seven bits in each, the highest first.
enum Varint {
    static func take(from bytes: inout ArraySlice<UInt8>) -> Int64? {
        var value: UInt64 = 0
        for index in 0..<9 {
            guard let byte = bytes.popFirst() else { return nil }
            if index == 8 { return Int64(bitPattern: value << 8 | UInt64(byte)) }
            value = value << 7 | UInt64(byte & 0x7f)
            if byte & 0x80 == 0 { return Int64(bitPattern: value) }
        }
        return nil
    }
}
