import CZeroMQ

/// The libzmq that this program runs with, which need not be the one it was built against.
public enum Library {
    /// The version, such as `4.3.4`.
    public static var version: String {
        var (major, minor, patch): (CInt, CInt, CInt) = (0, 0, 0)
        zmq_version(&major, &minor, &patch)
        return "\(major).\(minor).\(patch)"
    }

    /// Whether it was built with a capability.
    public static func has(_ capability: Capability) -> Bool {
        zmq_has(capability.rawValue) == 1
    }

    /// What a libzmq may be built with or without.
    public enum Capability: String, CaseIterable, Sendable {
        /// The `ipc` transport: sockets of the file system.
        case ipc
        /// The CURVE mechanism: encryption and keys.
        case curve
    }
}
