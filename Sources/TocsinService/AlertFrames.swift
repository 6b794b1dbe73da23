import BasicContainers
import TocsinCore
import TocsinModel
import ZeroMQ

/// The frames that the alerts of one incident share: its report, and the envelope where that is the same.
struct AlertFrame: ~Copyable {
    /// nil in a slot that nothing has come to.
    fileprivate(set) var incident: IncidentNumber?
    var report = Message()
    var envelope = Message()
    /// An alert that has this envelope.
    var envelopeAlert: OutgoingAlert?

    /// Whether the envelope is that of this alert.
    func hasEnvelope(of alert: OutgoingAlert) -> Bool { envelopeAlert?.hasEnvelope(of: alert) ?? false }
}

/// Frames of incidents whose alerts were sent last, each made once and sent by reference (`zmq_msg_copy`).
///
/// Usually the alerts of an incident leave one after the other. Where mailboxes are emptied that have waited, each
/// goes through its own, and the same incidents come up again when the next one does: so thousands are kept, each in the
/// slot that its number gives it.
struct AlertFrames: ~Copyable {
    /// As many as a terminal of a program has credit for; at the size below they come to some megabytes.
    private static let slots = 4096
    /// A larger report is kept in a slot beside those, for the alerts that follow at once, and no longer.
    private static let smallReport = 2048

    private var frames = RigidArray<AlertFrame>(capacity: slots + 1)

    init() {
        for _ in 0...Self.slots { frames.append(AlertFrame()) }
    }

    /// The frames in a slot.
    subscript(slot: Int) -> AlertFrame {
        _read { yield frames[slot] }
        _modify { yield &frames[slot] }
    }

    /// Where an incident's frames are, if they are here.
    func slot(of incident: IncidentNumber) -> Int? {
        let slot = Self.slot(of: incident)
        if frames[slot].incident == incident { return slot }
        return frames[Self.slots].incident == incident ? Self.slots : nil
    }

    /// Keeps the frame of an incident's report, in place of another's.
    ///
    /// - Returns: Where it is.
    mutating func add(_ incident: IncidentNumber, report: consuming Message) -> Int {
        let slot = report.count <= Self.smallReport ? Self.slot(of: incident) : Self.slots
        frames[slot].incident = incident
        frames[slot].report = report
        frames[slot].envelopeAlert = nil
        return slot
    }

    private static func slot(of incident: IncidentNumber) -> Int { Int(incident.value) & (slots - 1) }
}
