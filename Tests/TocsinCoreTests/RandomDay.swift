import TocsinCore
import TocsinModel
import TocsinWire

/// Random things that happen to a broker, the same for the same seed.
struct RandomDay {
    private var state: UInt64
    private var reports = 0
    private let recipients = ["fire", "police", "gas", "leader", "chief", "desk"]

    init(seed: UInt64) {
        state = seed
    }

    /// One turn of one to four inputs, committed or left for a later commit.
    mutating func happen(in harness: inout Harness) {
        harness.commitsAtOnce = pick(3) > 0
        if pick(5) == 0 { return harness.advance(.seconds(pick(50))) }
        let inputs = (0...pick(4)).map { _ in input(harness) }
        harness.turn { broker, turn in
            for input in inputs { broker.handle(input, into: &turn) }
        }
    }

    private mutating func input(_ harness: borrowing Harness) -> Input {
        let recipient = Scene.recipient(recipients[pick(recipients.count)])
        let peer = Scene.peer("t\(pick(4))")
        let number = AlertNumber(Int64(pick(8 + reports) + 1))
        let person = Person(by: ["Wang", "Li"][pick(2)])
        switch pick(12) {
        case 0...3:
            reports += 1
            let event = ["structure-fire", "gas-leak", "plain", "notice", "other"][pick(5)]
            return harness.reportInput("r-\(reports)", event: event, severity: Severity.allCases[pick(5)])
        case 4: return .join(peer, recipient, terminal: "t\(pick(4))", credit: pick(5) + 1)
        case 5, 6:
            return .received(
                peer, recipient, NumberList([AlertNumber(Int64(pick(5) + 1))...AlertNumber(number.value + 5)]))
        case 7: return .acknowledge(peer, recipient, number, person)
        case 8: return .decline(peer, recipient, number, person)
        case 9: return .status(peer, recipient, number, [.enRoute, .onScene, .resolved][pick(3)], person)
        case 10: return .leave(peer, recipient)
        default:
            let incident = IncidentNumber(Int64(pick(20) + 1))
            return .close(Scene.peer("operator"), Scene.reference("c"), incident, person)
        }
    }

    private mutating func pick(_ count: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % count
    }
}
