import Glibc
import TocsinModel

/// Identifiers for reports: version 7 UUIDs (RFC 9562, 5.7). They sort by the time they were made, so that the broker's
/// index of them grows at its end.
///
///     xxxxxxxx-xxxx-7xxx-yxxx-xxxxxxxxxxxx
///     └ milliseconds ┘ └┴────┴ random, 74 bits
public enum ReportIdentifier {
    /// Returns a new identifier of 36 characters.
    public static func make() -> String {
        make(at: .now, random: (.random(in: .min ... .max), .random(in: .min ... .max)))
    }

    static func make(at time: Timestamp, random: (UInt64, UInt64)) -> String {
        let high = UInt64(bitPattern: time.milliseconds) << 16 | 0x7000 | random.0 & 0x0fff
        let low = 1 << 63 | random.1 & (1 << 62 - 1)
        var text: [UInt8] = []
        text.reserveCapacity(36)
        for index in 0..<32 {
            if [8, 12, 16, 20].contains(index) { text.append(UInt8(ascii: "-")) }
            let word = index < 16 ? high : low
            text.append(hexadecimal[Int(word >> (60 - 4 * UInt64(index % 16)) & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static let hexadecimal = [UInt8]("0123456789abcdef".utf8)
}

extension Timestamp {
    /// The time of the system's clock.
    static var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }
}
