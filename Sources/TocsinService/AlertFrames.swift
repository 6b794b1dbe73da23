import TocsinCore
import TocsinModel
import ZeroMQ

/// The frames that the alerts of one incident share: its report, and the envelope where that is the same.
final class AlertFrame {
    let incident: IncidentNumber
    var report: Message
    var envelope = Message()
    /// An alert that has this envelope.
    var saying: OutgoingAlert?

    init(_ incident: IncidentNumber, report: consuming Message) {
        self.incident = incident
        self.report = report
    }
}

/// Frames of incidents whose alerts were sent last, each made once and sent by reference (`zmq_msg_copy`).
///
/// Usually the alerts of an incident leave one after the other. Where mailboxes are emptied that have waited, each
/// goes through its own, and the same incidents come up again when the next one does: so thousands are kept, each in the
/// place that its number gives it.
struct AlertFrames {
    /// As many as a terminal of a program has credit for; at the size below they come to some megabytes.
    private static let places = 4096
    /// A larger report is kept for the alerts that follow at once, and no longer.
    private static let smallReport = 2048

    private var frames = [AlertFrame?](repeating: nil, count: places)
    private var latest: AlertFrame?

    subscript(incident: IncidentNumber) -> AlertFrame? {
        if let latest, latest.incident == incident { return latest }
        guard let frame = frames[Self.place(of: incident)], frame.incident == incident else { return nil }
        return frame
    }

    mutating func add(_ frame: AlertFrame) {
        latest = frame
        if frame.report.count <= Self.smallReport { frames[Self.place(of: frame.incident)] = frame }
    }

    private static func place(of incident: IncidentNumber) -> Int { Int(incident.value) & (places - 1) }
}
