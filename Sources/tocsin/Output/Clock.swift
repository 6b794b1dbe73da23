import Glibc
import TocsinModel

/// Times and durations as people here read them.
enum Clock {
    /// The current civil time.
    static var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    /// Returns `16:10:00` in the local time zone.
    static func time(_ time: Timestamp) -> String { format(time, "%H:%M:%S") }

    /// Returns `16:10:00.123` in the local time zone.
    static func preciseTime(_ time: Timestamp) -> String {
        let milliseconds = ((time.milliseconds % 1000) + 1000) % 1000
        return "\(format(time, "%H:%M:%S")).\(String(milliseconds + 1000).dropFirst())"
    }

    /// Returns `2026-11-23` in the local time zone.
    static func day(_ time: Timestamp) -> String { format(time, "%F") }

    /// Returns `2026-11-23 16:10:00` in the local time zone.
    static func date(_ time: Timestamp) -> String { format(time, "%Y-%m-%d %H:%M:%S") }

    /// Returns the last day before a time at which a day of the local time zone begins, `2027-06-30`. Another time, such
    /// as the end of a day of a broker elsewhere, is written whole.
    static func end(_ time: Timestamp) -> String {
        self.preciseTime(time) == "00:00:00.000"
            ? day(Timestamp(milliseconds: time.milliseconds - 1)) : date(time)
    }

    /// Returns `16:10:00`, with the date if it is another day than `now`.
    static func near(_ time: Timestamp, now: Timestamp = now) -> String {
        day(time) == day(now) ? self.time(time) : date(time)
    }

    /// Returns `16:10:00`, or `11-23 16:10` if it is another day than `now`.
    static func short(_ time: Timestamp, now: Timestamp = now) -> String {
        day(time) == day(now) ? self.time(time) : format(time, "%m-%d %H:%M")
    }

    /// Returns `3 ms`, `2.5 s`, `4 min`, `3 h` or `2 d`, about as exact as it matters: seconds are rounded, and of what is
    /// longer whole minutes, hours or days have passed.
    static func duration(_ duration: Duration) -> String {
        let milliseconds = duration.wholeMilliseconds
        let (sign, magnitude) = (milliseconds < 0 ? "-" : "", abs(milliseconds))
        switch magnitude {
        case ..<1000: return "\(milliseconds) ms"
        case ..<10_000:
            let tenths = (magnitude + 50) / 100
            return "\(sign)\(tenths / 10).\(tenths % 10) s"
        case ..<120_000: return "\(sign)\((magnitude + 500) / 1000) s"
        case ..<7_200_000: return "\(milliseconds / 60_000) min"
        case ..<172_800_000: return "\(milliseconds / 3_600_000) h"
        default: return "\(milliseconds / 86_400_000) d"
        }
    }

    /// Returns `90 s` as `1 min 30 s`, `3 h 5 min` or `2 d`: whole, to the millisecond.
    static func exact(_ duration: Duration) -> String {
        var rest = duration.wholeMilliseconds
        var parts: [String] = []
        for (unit, size) in [("d", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 1000), ("ms", 1 as Int64)] {
            let count = rest / size
            rest %= size
            if count > 0 { parts.append("\(count) \(unit)") }
        }
        return parts.isEmpty ? "0 s" : parts.joined(separator: " ")
    }

    /// Returns `+3 ms`, or `-59 min` where the clock was set back in between.
    static func lead(_ duration: Duration) -> String {
        (duration < .zero ? "" : "+") + self.duration(duration)
    }

    private static func format(_ time: Timestamp, _ pattern: String) -> String {
        var seconds = time_t(time.milliseconds.flooredSeconds)
        var parts = tm()
        guard localtime_r(&seconds, &parts) != nil else { return time.description }
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { buffer in
            let count = strftime(buffer.baseAddress, buffer.count, pattern, &parts)
            return String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
        }
    }
}

extension Int64 {
    fileprivate var flooredSeconds: Int64 { self >= 0 ? self / 1000 : (self - 999) / 1000 }
}

/// Numbers with groups of three digits: `1,234,567`.
extension BinaryInteger {
    var grouped: String {
        let digits = String(magnitude)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return (self < 0 ? "-" : "") + text
    }
}

/// Returns a number with its noun: `1 alert`, `2 alerts`.
func counted(_ count: some BinaryInteger, _ noun: String, _ plural: String? = nil) -> String {
    "\(count.grouped) \(count == 1 ? noun : plural ?? noun + "s")"
}

/// Returns bytes as "12.3 GB", "512 MB" or "900 bytes".
func byteCount(_ bytes: some BinaryInteger) -> String {
    let units = ["bytes", "kB", "MB", "GB", "TB"]
    var (value, unit) = (Double(bytes), 0)
    while value >= 1000, unit < units.count - 1 {
        value /= 1000
        unit += 1
    }
    let tenths = Int((value * 10).rounded())
    let isWhole = tenths % 10 == 0 || value >= 100
    return "\(tenths / 10)\(isWhole ? "" : ".\(tenths % 10)") \(units[unit])"
}
