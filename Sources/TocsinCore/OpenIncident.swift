import TocsinJournal
import TocsinModel
import TocsinWire

/// An incident to which something is still owed: what the broker keeps in memory of it.
struct OpenIncident {
    let number: IncidentNumber
    let storedAt: Timestamp
    /// When it was stored, on the clock that never jumps: what its steps are timed from.
    var storedUptime: Int64
    let severity: Severity
    let status: ReportStatus
    let category: TocsinModel.Category
    /// The snapshot for which it was written before it changed.
    var snapshot: UInt32 = 0
    let grid: GridCode?
    /// The size of the report, which counts against what a terminal has outstanding.
    let reportBytes: Int32
    /// Alerts that are not settled.
    var owed: Int32
    var alerts: [OpenAlert]
    /// What each rule wants done while its alerts stay unanswered, and how far that is: two lists of one length.
    let plans: [Plan]
    var progress: [PlanProgress]

    var feedFacts: FeedItem.Facts {
        FeedItem.Facts(category: category, severity: severity, grid: grid, storedAt: storedAt)
    }

    /// An alert as it is sent now.
    func outgoing(_ index: Int) -> OutgoingAlert {
        OutgoingAlert(
            addressee: alerts[index].addressee, number: alerts[index].number, incident: number, storedAt: storedAt,
            severity: severity, status: status, attempt: alerts[index].attempts,
            escalation: alerts[index].escalation)
    }

    /// Whether the plan has a step left.
    func hasStep(_ plan: Int) -> Bool { progress[plan].nextStep < plans[plan].steps.count }

    /// When the plan's next step is due, on the clock that never jumps.
    ///
    /// - Precondition: The plan has a step left.
    func due(_ plan: Int) -> Int64 { storedUptime + plans[plan].steps[progress[plan].nextStep].afterMilliseconds }
}

/// One alert of an open incident, in 24 bytes.
struct OpenAlert {
    /// Who, for what, and why; its time to acknowledge counts from when the incident was stored.
    let addressee: Addressee
    let number: AlertNumber
    let mailbox: MailboxID
    /// 0, or the step that brought it, from 1 on; 255 stands for more.
    let escalation: UInt8
    var state: AlertState = .queued
    /// Whether a terminal has said RECEIVED: a person may have spoken before.
    var isReceived = false
    /// How often it has been sent, or may have been; 255 stands for more.
    var attempts: UInt8 = 0

    var purpose: Purpose { addressee.purpose }

    /// Whether nothing more is owed.
    var isSettled: Bool { state.isSettled(for: purpose) }

    /// Whether a plan that watches this alert must go on.
    var isUnanswered: Bool { state.isUnanswered(for: purpose) }
}

/// How far a plan is.
struct PlanProgress: Hashable {
    /// The step to take next.
    var nextStep = 0
    /// Whether a deadline for this plan waits in the queue; there is never more than one.
    var isArmed = false
}

/// When a plan is to be looked at, on the clock that never jumps.
struct Deadline: Comparable {
    let due: Int64
    let incident: IncidentNumber
    let plan: Int

    static func < (left: Deadline, right: Deadline) -> Bool {
        (left.due, left.incident) < (right.due, right.incident)
    }
}
