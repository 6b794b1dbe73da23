import Glibc
import TocsinClient
import TocsinModel

/// What an endpoint of the broker is for.
enum EndpointPurpose: String {
    case reports
    case alerts
    case control
    case feed

    /// The flag that names it.
    var flag: String { "--\(rawValue)" }

    fileprivate var phrase: String {
        switch self {
        case .reports: "where reports are taken"
        case .alerts: "where terminals connect"
        case .control: "where operators' requests go"
        case .feed: "where the feed is published"
        }
    }
}

extension Failure {
    /// What a client's error means at an endpoint, and what to do about it.
    init(_ error: ClientError, at endpoint: String, for purpose: EndpointPurpose) {
        switch error {
        case .unreachable(let absence):
            self.init(absence.status, absence.words(purpose), code: absence.code)
        case .refused(let refusal) where refusal.code == .unsupported:
            self.init(
                .refused,
                "\(endpoint) is not \(purpose.phrase). \(refusal.message) Name the broker's \(purpose.rawValue) "
                    + "endpoint with \(purpose.flag)"
                    + (purpose == .control ? "." : "; 'tocsin status' shows it."),
                code: refusal.code.rawValue)
        default: self.init(error)
        }
    }
}

extension Absence {
    /// A broker that refuses a key was reached.
    var status: ExitStatus { reason == .keyRefused ? .refused : .unreachable }

    /// A word for programs, where there is a better one than that of the exit status.
    fileprivate var code: String? {
        switch reason {
        case .notPermitted: RefusalCode.notPermitted.rawValue
        case .keyRefused: "keyRefused"
        case .keysDemanded: "keysDemanded"
        case .missing, .notASocket, .notListening, .cut, .keysNotTaken, .wrongBrokerKey, .silent, .hung, .other: nil
        }
    }

    /// What the absence is, and what to do about it.
    func words(_ purpose: EndpointPurpose) -> String { sentence + " " + advice(purpose) }

    fileprivate var sentence: String {
        guard reason == .notPermitted else { return description }
        return "\(Environment.user) may not connect to \(endpoint): permission denied."
    }

    fileprivate func advice(_ purpose: EndpointPurpose) -> String {
        switch reason {
        case .notPermitted:
            guard let group = owningGroup else { return "Run this command as somebody who may." }
            return
                "Members of the group \(group) may: 'sudo usermod -aG \(group) \(Environment.user)' makes one, from the "
                + "next login on."
        case .cut:
            return "Is \(purpose.flag) the broker's \(purpose.rawValue) endpoint? If it is, the broker has as many "
                + "connections as it may have, and its log says so."
        case .keyRefused:
            return
                "An operator sees in the clients file whether it has this key, whether its time is over, and whether it "
                + "may \(purpose == .feed ? "see the feed" : "come"); 'tocsin keys show' prints the public key of a file."
        case .keysDemanded:
            return "Give this client's key file with --key and the broker's public key with --broker-key."
        case .keysNotTaken: return "Leave --key and --broker-key out, and TOCSIN_KEY and TOCSIN_BROKER_KEY."
        case .wrongBrokerKey:
            return "Is --broker-key what 'tocsin keys show' prints of the broker's key file, and \(purpose.flag) the "
                + "broker's \(purpose.rawValue) endpoint?"
        case .hung:
            return "It is there and does not answer: 'systemctl status tocsind' and its log show how it does, and "
                + "'systemctl restart tocsind' starts another. Is \(purpose.flag) the broker's \(purpose.rawValue) endpoint?"
        case .missing, .notASocket, .notListening, .silent, .other:
            return "Start it ('systemctl start tocsind'), say where it is with \(purpose.flag), or wait for it with "
                + "--wait."
        }
    }

    /// The group of the socket, or of the nearest folder over it that can be looked at.
    private var owningGroup: String? {
        guard endpoint.hasPrefix("ipc://") else { return nil }
        var path = String(endpoint.dropFirst(6))
        var status = stat()
        while stat(path, &status) != 0 {
            guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return nil }
            path = String(path[..<slash])
        }
        return getgrgid(status.st_gid).map { String(cString: $0.pointee.gr_name) }
    }
}
