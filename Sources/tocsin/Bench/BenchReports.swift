import Glibc
import TocsinClient
import TocsinModel

/// Reports for measuring: one text in which number and time are overwritten, so that making a report costs next to
/// nothing.
///
///     {"benchAt":"0000000012345678", "identifier":"…-0000000042", …}
///                 └ monotonic nanoseconds, 16 digits
struct BenchReports: Sendable {
    private static let timeOffset = 12
    private static let timeDigits = 16
    private static let numberDigits = 10

    private let template: [UInt8]
    private let numberOffset: Int

    /// Creates reports of one event, with new names in each run.
    init(event: String) {
        let run = ReportIdentifier.make()
        let head = """
            {"benchAt":"\(String(repeating: "0", count: Self.timeDigits))","identifier":"\(run)-
            """
        let tail = """
            ","sender":"tocsin-bench","sent":"\(Clock.now)","status":"Test","event":"\(event)","category":"Other",\
            "severity":"Moderate","urgency":"Immediate","certainty":"Observed","headline":"测量 A report for measuring",\
            "description":"It has about the size of a report from the field, so that what is measured is what happens.",\
            "area":{"areaDesc":"同心坊社区第二网格","grid":"110101005003002"}}
            """
        numberOffset = head.utf8.count
        template = Array((head + String(repeating: "0", count: Self.numberDigits) + tail).utf8)
    }

    /// Returns the report of this number, due at this monotonic time.
    func report(_ number: Int, at nanoseconds: UInt64) -> [UInt8] {
        var bytes = template
        Self.write(nanoseconds, Self.timeDigits, at: Self.timeOffset, in: &bytes)
        Self.write(UInt64(number), Self.numberDigits, at: numberOffset, in: &bytes)
        return bytes
    }

    /// Returns the time at which a report was due; nil for a report of another kind.
    static func time(of report: [UInt8]) -> UInt64? {
        guard report.count > timeOffset + timeDigits else { return nil }
        var time: UInt64 = 0
        for byte in report[timeOffset..<timeOffset + timeDigits] {
            guard let digit = byte.decimalDigit else { return nil }
            time = time * 10 + UInt64(digit)
        }
        return time
    }

    private static func write(_ value: UInt64, _ digits: Int, at offset: Int, in bytes: inout [UInt8]) {
        var rest = value
        for index in stride(from: offset + digits - 1, through: offset, by: -1) {
            bytes[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }
}

/// The clock of measurements: monotonic nanoseconds, the same in every thread.
enum Monotonic {
    static var now: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}

/// The rules of the broker that a measurement starts. A report is told to the given number of departments.
enum BenchRules {
    static let fanOuts = 1...32

    static func departments(_ fanOut: Int) -> String {
        let lines = (0..<fanOut).map { "  - { name: d\($0), zh: 测试部门 \($0), en: Bench Department \($0) }" }
        return "departments:\n" + lines.joined(separator: "\n") + "\n"
    }

    static func rules(_ fanOut: Int) -> String {
        let names = (0..<fanOut).map { "d\($0)" }.joined(separator: ", ")
        return """
            fallback: d0
            rules:
              - name: bench \(fanOut)
                when: { event: \(informed(fanOut)), status: Test }
                inform: [\(names)]
              - name: bench action \(fanOut)
                when: { event: \(acknowledged(fanOut)), status: Test }
                notify: [\(names)]
                acknowledge-within: 1h

            """
    }

    /// Returns the event that departments are informed of.
    static func informed(_ fanOut: Int) -> String { "bench-\(fanOut)" }

    /// Returns the event that departments must acknowledge.
    static func acknowledged(_ fanOut: Int) -> String { "bench-action-\(fanOut)" }
}
