import TocsinJournal
import TocsinModel
import TocsinWire

/// An incident to which something is still owed: what the broker keeps in memory of it.
struct OpenIncident {
    let number: IncidentNumber
    let storedAt: Timestamp
    /// When it was stored, on the clock that never jumps: what its steps are timed from.
    let storedUptime: Int64
    let severity: Severity
    let status: ReportStatus
    let category: TocsinModel.Category
    let grid: GridCode?
    /// The size of the report, which counts against what a terminal has outstanding.
    let reportBytes: Int32
    var alerts: [OpenAlert]
    var plans: [OpenPlan]
    /// Alerts that are not settled.
    var owed: Int

    var place: FeedItem.Place {
        FeedItem.Place(category: category, severity: severity, grid: grid, storedAt: storedAt)
    }

    /// When the plan's next step is due, on the clock that never jumps.
    ///
    /// - Precondition: The plan has a step left.
    func due(_ open: OpenPlan) -> Int64 { storedUptime + open.plan.steps[open.nextStep].afterMilliseconds }
}

/// One alert of an open incident.
struct OpenAlert {
    let mailbox: MailboxID
    let number: AlertNumber
    let rule: NameID
    /// Milliseconds after the incident was stored; nil for information.
    let acknowledgeBy: Int64?
    let purpose: Purpose
    /// 0, or the step that brought it, from 1 on.
    let escalation: UInt16
    var state: AlertState = .queued
    /// Whether a terminal has said RECEIVED: a person may have spoken before.
    var isReceived = false
    /// How often it has been sent, or may have been.
    var attempts: UInt16 = 0

    /// Whether nothing more is owed: delivered is enough for information, action must be resolved or cancelled.
    var isSettled: Bool {
        switch purpose {
        case .information: state.isDelivered
        case .action: state.isFinished
        }
    }

    /// Whether a plan that watches this alert must go on.
    var isUnanswered: Bool { purpose == .action && !state.isTaken }
}

/// A plan that may still have steps to take.
struct OpenPlan {
    let plan: IncidentRecord.Plan
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

/// A rule's name in the broker's table of names: alerts by the million share a few names.
struct NameID: Hashable {
    fileprivate let index: UInt32

    /// The name's place among all names.
    var position: Int { Int(index) }
}

/// Names that many values share.
struct NameTable {
    private var names: [String] = []
    private var ids: [String: NameID] = [:]
    private var last: NameID?

    mutating func id(of name: String) -> NameID {
        // Alerts come in groups with one name, and comparing is cheaper than hashing.
        if let last, names[Int(last.index)] == name { return last }
        let id = ids[name] ?? add(name)
        last = id
        return id
    }

    private mutating func add(_ name: String) -> NameID {
        let id = NameID(index: UInt32(names.count))
        names.append(name)
        ids[name] = id
        return id
    }

    /// Every name, in the order in which they came.
    var all: [String] { names }

    subscript(id: NameID) -> String { names[Int(id.index)] }
}
