import ArgumentParser

/// The speed of an activity: `100/s`, `100`, or `max` for as fast as possible.
struct Rate: CustomStringConvertible, Sendable {
    /// The number of times a second; nil for as fast as possible.
    let perSecond: Double?

    static let maximum = Rate(perSecond: nil)

    private init(perSecond: Double?) {
        self.perSecond = perSecond
    }

    /// Reads an argument.
    ///
    /// - Throws: a `ValidationError` that says what is valid.
    init(argument: String) throws {
        guard argument != "max" else {
            self.init(perSecond: nil)
            return
        }
        let number = argument.hasSuffix("/s") ? argument.dropLast(2) : argument[...]
        guard let value = Double(number), value > 0, value <= 10_000_000 else {
            throw ValidationError("valid are a number a second, such as 50/s or 0.5/s, at most 10000000/s, and max.")
        }
        self.init(perSecond: value)
    }

    init(_ perSecond: Int) {
        self.init(perSecond: Double(perSecond))
    }

    /// Returns the time at which the event of this index is due, counted from the first event, whose index is 0.
    func due(_ index: Int) -> Duration {
        perSecond.map { .nanoseconds(Int64(Double(index) / $0 * 1e9)) } ?? .zero
    }

    var description: String { perSecond.map { "\($0 == $0.rounded() ? String(Int($0)) : String($0))/s" } ?? "max" }
}
