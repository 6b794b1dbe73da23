import BasicContainers
import TocsinCore
import TocsinModel
import ZeroMQ

/// The frames that the alerts of one incident share: its report, and the envelope if it is the same.
struct AlertFrame: ~Copyable {
    /// The incident, or nil in an unused slot.
    fileprivate(set) var incident: IncidentNumber?
    var report = Message()
    var envelope = Message()
    /// An alert with this envelope.
    var envelopeAlert: OutgoingAlert?

    /// Returns true if the envelope is that of this alert.
    func hasEnvelope(of alert: OutgoingAlert) -> Bool { envelopeAlert?.hasEnvelope(of: alert) ?? false }
}

/// Frames of the incidents whose alerts were sent last, each made once and sent by reference (`zmq_msg_copy`).
///
/// Usually the alerts of an incident are sent one after the other. When several waiting mailboxes are emptied, each
/// goes through its own alerts, and the same incidents come up again with the next mailbox. So thousands of frames are
/// kept, each in the slot that its incident's number gives it.
struct AlertFrames: ~Copyable {
    /// The number of slots: as many as a terminal has credit for. At the size below they come to some megabytes.
    private static let slots = 4096
    /// The largest report that is kept in these slots, in bytes. A larger one is kept in a slot beside them, for the
    /// alerts that follow at once, and no longer.
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

    /// Returns the slot of an incident's frames, if they are here.
    func slot(of incident: IncidentNumber) -> Int? {
        let slot = Self.slot(of: incident)
        if frames[slot].incident == incident { return slot }
        return frames[Self.slots].incident == incident ? Self.slots : nil
    }

    /// Keeps the frame of an incident's report, in place of another's.
    ///
    /// - Returns: The slot of the frame.
    mutating func add(_ incident: IncidentNumber, report: consuming Message) -> Int {
        let slot = report.count <= Self.smallReport ? Self.slot(of: incident) : Self.slots
        frames[slot].incident = incident
        frames[slot].report = report
        frames[slot].envelopeAlert = nil
        return slot
    }

    private static func slot(of incident: IncidentNumber) -> Int { Int(incident.value) & (slots - 1) }
}
