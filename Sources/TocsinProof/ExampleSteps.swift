/// The steps that all examples of one proof may take together. What is asked for first has them first.
final class ExampleSteps {
    /// What reading and judging one report takes beside its properties.
    private static let ofReport = 32

    private var left: Int
    /// The steps that are kept for later.
    var kept = 0

    init(_ steps: Int) {
        left = steps
    }

    /// True if another report may be asked about.
    var suffice: Bool { left > kept }

    /// Takes the steps of one report, the last with what there is.
    func take(_ properties: Int) { left -= Self.ofReport + properties }
}

extension Sequence {
    /// Returns what is found by the first element that has it. Each is asked once, unlike those of lazy sequences.
    func firstFound<Found>(_ find: (Element) -> Found?) -> Found? {
        for element in self {
            if let found = find(element) { return found }
        }
        return nil
    }
}
