import BasicContainers
import TocsinCore
import TocsinModel
import ZeroMQ

/// The frames that the alerts of one incident share: its report, and the envelope where that is the same.
struct AlertFrame: ~Copyable {
    /// nil in a place that nothing has come to.
    fileprivate(set) var incident: IncidentNumber?
    var report = Message()
    var envelope = Message()
    /// An alert that has this envelope.
    var saying: OutgoingAlert?

    /// Whether the envelope is that of this alert.
    func says(_ alert: OutgoingAlert) -> Bool { saying?.hasEnvelope(of: alert) ?? false }
}

/// Frames of incidents whose alerts were sent last, each made once and sent by reference (`zmq_msg_copy`).
///
/// Usually the alerts of an incident leave one after the other. Where mailboxes are emptied that have waited, each
/// goes through its own, and the same incidents come up again when the next one does: so thousands are kept, each in the
/// place that its number gives it.
struct AlertFrames: ~Copyable {
    /// As many as a terminal of a program has credit for; at the size below they come to some megabytes.
    private static let places = 4096
    /// A larger report is kept in a place beside those, for the alerts that follow at once, and no longer.
    private static let smallReport = 2048

    private var frames = RigidArray<AlertFrame>(capacity: places + 1)

    init() {
        for _ in 0...Self.places { frames.append(AlertFrame()) }
    }

    /// The frames in a place.
    subscript(place: Int) -> AlertFrame {
        _read { yield frames[place] }
        _modify { yield &frames[place] }
    }

    /// Where an incident's frames are, if they are here.
    func place(of incident: IncidentNumber) -> Int? {
        let place = Self.place(of: incident)
        if frames[place].incident == incident { return place }
        return frames[Self.places].incident == incident ? Self.places : nil
    }

    /// Keeps the frame of an incident's report, in place of another's.
    ///
    /// - Returns: Where it is.
    mutating func add(_ incident: IncidentNumber, report: consuming Message) -> Int {
        let place = report.count <= Self.smallReport ? Self.place(of: incident) : Self.places
        frames[place].incident = incident
        frames[place].report = report
        frames[place].saying = nil
        return place
    }

    private static func place(of incident: IncidentNumber) -> Int { Int(incident.value) & (places - 1) }
}
