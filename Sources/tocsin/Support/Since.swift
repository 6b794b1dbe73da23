import ArgumentParser
import TocsinConfiguration
import TocsinModel

/// The beginning of a list: a time, or a span that ends now.
struct Since: Sendable {
    /// The most days of a span: a hundred years.
    private static let mostDays: Int64 = 36_500

    private let instant: Timestamp?
    private let span: Duration?

    /// Reads an argument.
    ///
    /// - Throws: A `ValidationError` that says what is valid.
    init(argument: String) throws {
        span = Self.span(argument)
        instant = span == nil ? Timestamp(argument) : nil
        guard span ?? .zero > .zero || instant != nil else {
            throw ValidationError(
                "valid are a time with its offset, such as 2026-11-23T08:00:00+08:00, and a span, such as 8h or 30d, of "
                    + "\(Self.mostDays)d at most.")
        }
    }

    /// Creates a span of days.
    init(days: Int64) {
        span = .seconds(days * 86_400)
        instant = nil
    }

    /// Reads an argument that is a span alone.
    ///
    /// - Throws: A `ValidationError` that says what is valid.
    static func last(argument: String) throws -> Since {
        guard let span = span(argument), span > .zero else {
            throw ValidationError(
                "valid are whole numbers with m, h or d, such as 30m, 8h or 30d, and \(Self.mostDays)d at most.")
        }
        return Since(span: span)
    }

    private init(span: Duration) {
        self.span = span
        instant = nil
    }

    /// Reads days, such as `30d`, or a shorter span; nil for anything else, and for more than ``mostDays``.
    private static func span(_ text: String) -> Duration? {
        guard text.hasSuffix("d") else {
            return Configuration.duration(text).flatMap { $0 <= .seconds(mostDays * 86_400) ? $0 : nil }
        }
        let digits = text.dropLast()
        guard !digits.isEmpty, digits.allSatisfy({ $0.isASCII && $0.isNumber }), let days = Int64(digits),
            days <= mostDays
        else { return nil }
        return .seconds(days * 86_400)
    }

    /// How far the clocks of two machines may be apart: a time that a broker has just printed may be ahead of this one.
    private static let clocksApart = Duration.seconds(60)

    /// - Throws: a `ValidationError` for a beginning that is still to come, after which there is nothing yet.
    func requirePast(_ flag: String, now: Timestamp) throws {
        let time = time(now: now)
        guard time > now + Self.clocksApart else { return }
        throw ValidationError("\(flag) \(time) is still to come: now it is \(now).")
    }

    func time(now: Timestamp) -> Timestamp {
        instant ?? Timestamp(milliseconds: now.milliseconds - (span ?? .zero).wholeMilliseconds)
    }
}
