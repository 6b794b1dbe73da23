/// Rows of cells in columns, aligned by display width, two spaces apart.
///
///     var table = Table(["incident", "event"], alignments: [.right, .left])
///     table.add("17", "structure-fire")
///     for line in table.lines() { print(line) }
struct Table {
    private let header: [String]
    private let alignments: [Alignment]
    private(set) var rows: [[String]] = []

    /// Creates a table. An empty header is not drawn. Columns without an alignment are aligned left.
    init(_ header: [String] = [], alignments: [Alignment] = []) {
        self.header = header
        self.alignments = alignments
    }

    mutating func add(_ cells: String...) {
        rows.append(cells)
    }

    mutating func add(cells: [String]) {
        rows.append(cells)
    }

    /// Returns the lines, without spaces at their ends.
    func lines(style: Style = .plain, indent: Int = 0) -> [String] {
        let count = max(header.count, rows.map(\.count).max() ?? 0)
        let widths = (0..<count).map { column in
            ([header] + rows).map { column < $0.count ? $0[column].displayWidth : 0 }.max() ?? 0
        }
        let head = header.isEmpty ? [] : [line(header.map(style.dim), widths, indent)]
        return head + rows.map { line($0, widths, indent) }
    }

    private func line(_ cells: [String], _ widths: [Int], _ indent: Int) -> String {
        var line = String(repeating: " ", count: indent)
        for (column, cell) in cells.enumerated() {
            let alignment = column < alignments.count ? alignments[column] : .left
            // The last column needs no spaces after it.
            let isLast = column == cells.count - 1 && alignment == .left
            line += isLast ? cell : cell.padded(to: widths[column], alignment: alignment)
            if column < cells.count - 1 { line += "  " }
        }
        while line.last == " " { line.removeLast() }
        return line
    }
}
