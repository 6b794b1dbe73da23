import Histogram
import TocsinModel

/// A histogram of latencies as bars down the screen, one for each doubling of the time.
///
///     128–256 µs  ▏                                        0.1 %        10
///     256–512 µs  ███████████████████████████▌            61.9 %     6,190
///     0.5–1 ms    ████████████████                        36.0 %     3,600
struct LatencyPicture {
    /// The count between two times in microseconds. `from` is included and `to` is not.
    struct Bucket: Equatable {
        var from: UInt64
        var to: UInt64
        var count: UInt64
    }

    private static let eighths = Array(" ▏▎▍▌▋▊▉█")
    private static let labelWidth = 12
    /// Bar, label, share and count together fit 80 columns, two of them for the indent.
    private static let barWidth = 40

    /// The buckets from the first that holds anything to the last, without a gap.
    let buckets: [Bucket]

    init(_ histogram: Histogram<UInt64>) {
        self.init(microseconds: histogram.recordedValues().lazy.map { (value: $0.value, count: $0.count) })
    }

    /// Sorts values with their counts into buckets.
    init(microseconds values: some Sequence<(value: UInt64, count: UInt64)>) {
        // The buckets reach 17 minutes; nothing measured here takes longer.
        var buckets = [Bucket(from: 0, to: 16, count: 0)]
        buckets += (4..<30).map { Bucket(from: 1 << $0, to: 1 << ($0 + 1), count: 0) }
        for (value, count) in values {
            guard let index = buckets.firstIndex(where: { value < $0.to }) else { continue }
            buckets[index].count += count
        }
        let first = buckets.firstIndex { $0.count > 0 } ?? 0
        let last = buckets.lastIndex { $0.count > 0 } ?? -1
        self.buckets = first <= last ? Array(buckets[first...last]) : []
    }

    /// Returns the lines, at most 78 columns wide.
    func lines(style: Style) -> [String] {
        let total = buckets.reduce(0) { $0 + $1.count }
        let largest = buckets.map(\.count).max() ?? 1
        return buckets.map { bucket in
            let bar = Self.bar(bucket.count, of: largest)
            let permille = total > 0 ? Int((Double(bucket.count) * 1000 / Double(total)).rounded()) : 0
            let share = "\(permille / 10).\(permille % 10) %".padded(to: 7, alignment: .right)
            let count = Int(bucket.count).grouped.padded(to: 13, alignment: .right)
            return Self.label(bucket).padded(to: Self.labelWidth) + " " + style.accent(bar.padded(to: Self.barWidth))
                + " " + share + " " + style.dim(count)
        }
    }

    /// Writes the buckets for programs.
    func write(to json: inout JSONWriter) {
        json.array("buckets") { json in
            for bucket in buckets {
                json.object { json in
                    json.member("fromMicroseconds", Int64(bucket.from))
                    json.member("toMicroseconds", Int64(bucket.to))
                    json.member("count", Int64(bucket.count))
                }
            }
        }
    }

    /// Returns a bar with a precision of an eighth of a column. A count above 0 is always visible.
    private static func bar(_ count: UInt64, of largest: UInt64) -> String {
        guard count > 0 else { return "" }
        let length = max(1, Int((Double(count) / Double(largest) * Double(barWidth) * 8).rounded()))
        let rest = length % 8
        return String(repeating: "█", count: length / 8) + (rest > 0 ? String(eighths[rest]) : "")
    }

    /// Returns a label such as `256–512 µs`, `0.5–1 ms`, `4–8 ms` or `1–2 s`. The bounds are powers of two, and are
    /// named as people say them.
    private static func label(_ bucket: Bucket) -> String {
        switch bucket.to {
        case ...512: "\(bucket.from)–\(bucket.to) µs"
        case 1024: "0.5–1 ms"
        case ...524_288: "\(bucket.from / 1024)–\(bucket.to / 1024) ms"
        case 1_048_576: "0.5–1 s"
        default: "\(bucket.from / 1_048_576)–\(bucket.to / 1_048_576) s"
        }
    }
}
