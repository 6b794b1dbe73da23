/// A broker that could not be reached, and why.
public struct Absence: Hashable, Sendable {
    /// What an attempt to connect met with.
    public enum Reason: Hashable, Sendable {
        /// There is no file at the path of an `ipc` endpoint.
        case missing
        /// The file at the path of an `ipc` endpoint is no socket.
        case notASocket
        /// This process may not use the socket, or not enter its folder.
        case notPermitted
        /// Nobody listens: the connection was refused.
        case notListening
        /// Somebody listens and ends the connection before ZeroMQ's greeting is over: another protocol, a socket that takes
        /// no such client, or a broker that has as many connections as it may have.
        case cut
        /// The broker does not know this client's key, or the key may not come in at this endpoint.
        case keyRefused
        /// The broker demands a key, and this client has none.
        case keysDemanded
        /// This client has a key, and the broker takes none.
        case keysNotTaken
        /// Whoever listens ends the handshake: it has another key than this client takes for the broker's, or it is an
        /// endpoint for others.
        case wrongBrokerKey
        /// Nothing came back, neither a connection nor a refusal.
        case silent
        /// The system takes connections for somebody who says nothing: a process that hangs, or is stopped.
        case hung
        /// Another error of the system, in its words.
        case other(String)
    }

    public let endpoint: String
    public let reason: Reason

    public init(endpoint: String, reason: Reason) {
        self.endpoint = endpoint
        self.reason = reason
    }
}

extension Absence: CustomStringConvertible {
    /// A sentence for people.
    public var description: String {
        if reason == .keyRefused { return "The broker at \(endpoint) refuses this client's key." }
        let why =
            switch reason {
            case .missing: "there is no such socket"
            case .notASocket: "the file is no socket"
            case .notPermitted: "permission denied"
            case .notListening: "nobody listens there"
            case .cut: "whoever listens there ends the connection before the greeting is over"
            case .keyRefused: "the broker refuses this client's key"
            case .keysDemanded: "the broker demands a key, and there is none"
            case .keysNotTaken: "the broker takes no keys"
            case .wrongBrokerKey: "whoever listens there does not have the broker's key, or it is another endpoint"
            case .silent: "nothing there answers"
            case .hung: "somebody listens there and says nothing"
            case .other(let text): text
            }
        return "No broker can be reached at \(endpoint): \(why)."
    }
}
