import TocsinJournal
import TocsinModel
import TocsinWire

/// An incident to which something is still owed, as the broker keeps it in memory.
struct OpenIncident {
    let number: IncidentNumber
    /// The position of the record that opened it: its own, or that of its last reopening.
    var openedBy: Position
    /// The time of that record. The times to acknowledge count from then.
    let storedAt: Timestamp
    /// The uptime at which the incident was stored. Its steps are timed from then.
    var storedUptime: Int64
    let severity: Severity
    let status: ReportStatus
    let category: TocsinModel.Category
    /// The serial of the last snapshot for which it was written before it changed.
    var snapshot: UInt32 = 0
    let grid: GridCode?
    /// The size of the report in bytes. It counts against a terminal's outstanding bytes.
    let reportBytes: Int32
    /// The number of alerts that are not settled.
    var owed: Int32
    var alerts: [OpenAlert]
    /// The plan of each rule for unanswered alerts, and its progress: two lists of one length.
    let plans: [Plan]
    var progress: [PlanProgress]

    /// True if it was opened again, so that what was told before is not here.
    var isReopened: Bool { openedBy != number.position }

    var feedFacts: FeedItem.Facts {
        FeedItem.Facts(category: category, severity: severity, grid: grid, storedAt: storedAt)
    }

    /// Returns an alert as it is sent now.
    func outgoing(_ index: Int) -> OutgoingAlert {
        OutgoingAlert(
            addressee: alerts[index].addressee, number: alerts[index].number, incident: number, storedAt: storedAt,
            severity: alerts[index].severity, status: status, attempt: alerts[index].attempts,
            ring: alerts[index].rings, escalation: alerts[index].escalation)
    }

    /// Returns the rank of an alert in its mailbox.
    func rank(of index: Int) -> DeliveryRank { DeliveryRank(alerts[index].severity, status) }

    /// Returns true if the plan has a step left.
    func hasStep(_ plan: Int) -> Bool { progress[plan].nextStep < plans[plan].steps.count }

    /// Returns the uptime at which the plan's next step is due, or its next repetition after the last step. Nil if neither
    /// is left.
    func due(_ plan: Int) -> Int64? {
        if hasStep(plan) {
            return uptime(atSecond: progress[plan].begun) + plans[plan].steps[progress[plan].nextStep].afterMilliseconds
        }
        return plans[plan].steps.last?.repeatMilliseconds.map { uptime(atSecond: progress[plan].acted) + $0 }
    }

    /// Returns true if the plan must go on: not all have answered whose answers it asks for.
    func goesOn(_ plan: Int) -> Bool {
        plans[plan].goesOn { alerts.indices.contains($0) ? (alerts[$0].state, alerts[$0].purpose) : nil }
    }

    /// Returns true if the plan watches an alert, or one of its steps brought it. The latter is found by its rule.
    func concerns(_ plan: Int, _ index: Int) -> Bool {
        plans[plan].watched.contains(index)
            || alerts[index].escalation > 0 && alerts[index].addressee.rule.isIdentical(to: plans[plan].rule)
    }

    /// The uptime of a second after the storing of the incident.
    func uptime(atSecond second: UInt32) -> Int64 { storedUptime + Int64(second) * 1000 }

    /// The second after the storing of the incident that an uptime lies in; the next whole one.
    func second(of uptime: Int64) -> UInt32 { Self.second(of: uptime, from: storedUptime) }

    static func second(of uptime: Int64, from storedUptime: Int64) -> UInt32 {
        UInt32(clamping: (max(0, uptime - storedUptime) + 999) / 1000)
    }
}

/// One alert of an open incident, in 32 bytes.
struct OpenAlert {
    /// The recipient, the purpose and the reason. The time to acknowledge counts from when the incident was stored.
    var addressee: Addressee
    let number: AlertNumber
    let mailbox: MailboxID
    /// 0, or the step that brought it, from 1 on. 255 stands for more.
    let escalation: UInt8
    var state: AlertState = .queued
    /// True if a terminal has said RECEIVED since it last rang. A person may have spoken before.
    var isReceived = false
    /// The number of times it has been sent since it last rang, or may have been. 255 stands for more.
    var attempts: UInt8 = 0
    /// The number of times it has rung again. 255 stands for more.
    var rings: UInt8 = 0
    /// The incident's severity, or a higher one to which a step has raised it.
    var severity: Severity
    /// The second after the incident's storing at which it was last told, rung or spoken of by a person.
    var changed: UInt32 = 0

    /// True if a terminal may have had it.
    var hasBeenSent: Bool { attempts > 0 || rings > 0 }

    var purpose: Purpose { addressee.purpose }

    /// True if RECEIVED changes the state.
    var willChangeWhenReceived: Bool { state.after(.received, for: purpose) != state }

    /// True if nothing more is owed to the alert.
    var isSettled: Bool { state.isSettled(for: purpose) }

    /// True if a plan that watches this alert must go on.
    var isUnanswered: Bool { state.isUnanswered(for: purpose) }

    /// Returns the time until which somebody must have acknowledged, or nil if nobody must.
    func acknowledgeBy(storedAt: Timestamp) -> Timestamp? {
        addressee.acknowledgeWithinMilliseconds.map { storedAt + .milliseconds($0) }
    }
}

/// The progress of a plan. Its seconds count from the storing of the incident.
struct PlanProgress: Hashable {
    /// The uptime of the deadline of this plan that counts. A later one in the queue is passed over.
    var armedFor = Int64.max
    /// The second from which its steps count: 0, or that at which an acknowledgement lapsed.
    var begun: UInt32 = 0
    /// The second of the last step or repetition.
    var acted: UInt32 = 0
    /// The second at which it last asked for the promised answer; 0 if it has not.
    var asked: UInt32 = 0
    /// The index of the step to take next.
    var nextStep = 0
}

/// The uptime at which a plan is checked, or acknowledgements that may have lapsed, or a promised answer.
struct Deadline: Comparable {
    let due: Int64
    let incident: IncidentNumber
    /// The plan's index, ``lapses`` or ``feedback``.
    let plan: Int

    /// Stands for the incident's acknowledgements, whose plans let them lapse.
    static let lapses = -1
    /// Stands for the answers that the incident's plans have promised.
    static let feedback = -2

    static func < (left: Deadline, right: Deadline) -> Bool {
        (left.due, left.incident) < (right.due, right.incident)
    }
}
