import ArgumentParser

/// How fast something is done: `100/s`, `100`, or `max` for as fast as it goes.
struct Rate: CustomStringConvertible, Sendable {
    /// How often a second; nil for as fast as it goes.
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

    /// When the event of this number is due, counted from 0 and from the first one.
    func due(_ index: Int) -> Duration {
        perSecond.map { .nanoseconds(Int64(Double(index) / $0 * 1e9)) } ?? .zero
    }

    var description: String { perSecond.map { "\($0 == $0.rounded() ? String(Int($0)) : String($0))/s" } ?? "max" }
}
