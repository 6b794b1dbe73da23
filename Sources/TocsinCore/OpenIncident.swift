import TocsinJournal
import TocsinModel
import TocsinWire

/// An incident to which something is still owed, as the broker keeps it in memory.
struct OpenIncident {
    let number: IncidentNumber
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

    var feedFacts: FeedItem.Facts {
        FeedItem.Facts(category: category, severity: severity, grid: grid, storedAt: storedAt)
    }

    /// Returns an alert as it is sent now.
    func outgoing(_ index: Int) -> OutgoingAlert {
        OutgoingAlert(
            addressee: alerts[index].addressee, number: alerts[index].number, incident: number, storedAt: storedAt,
            severity: severity, status: status, attempt: alerts[index].attempts,
            escalation: alerts[index].escalation)
    }

    /// Returns true if the plan has a step left.
    func hasStep(_ plan: Int) -> Bool { progress[plan].nextStep < plans[plan].steps.count }

    /// Returns the uptime at which the plan's next step is due.
    ///
    /// - Precondition: The plan has a step left.
    func due(_ plan: Int) -> Int64 { storedUptime + plans[plan].steps[progress[plan].nextStep].afterMilliseconds }
}

/// One alert of an open incident, in 24 bytes.
struct OpenAlert {
    /// The recipient, the purpose and the reason. The time to acknowledge counts from when the incident was stored.
    var addressee: Addressee
    let number: AlertNumber
    let mailbox: MailboxID
    /// 0, or the step that brought it, from 1 on. 255 stands for more.
    let escalation: UInt8
    var state: AlertState = .queued
    /// True if a terminal has said RECEIVED. A person may have spoken before.
    var isReceived = false
    /// The number of times it has been sent, or may have been. 255 stands for more.
    var attempts: UInt8 = 0

    var purpose: Purpose { addressee.purpose }

    /// True if nothing more is owed to the alert.
    var isSettled: Bool { state.isSettled(for: purpose) }

    /// True if a plan that watches this alert must go on.
    var isUnanswered: Bool { state.isUnanswered(for: purpose) }

    /// Returns the time until which somebody must have acknowledged, or nil if nobody must.
    func acknowledgeBy(storedAt: Timestamp) -> Timestamp? {
        addressee.acknowledgeWithinMilliseconds.map { storedAt + .milliseconds($0) }
    }
}

/// The progress of a plan.
struct PlanProgress: Hashable {
    /// The index of the step to take next.
    var nextStep = 0
    /// True if a deadline for this plan waits in the queue. There is never more than one.
    var isArmed = false
}

/// The uptime at which a plan is checked.
struct Deadline: Comparable {
    let due: Int64
    let incident: IncidentNumber
    let plan: Int

    static func < (left: Deadline, right: Deadline) -> Bool {
        (left.due, left.incident) < (right.due, right.incident)
    }
}
