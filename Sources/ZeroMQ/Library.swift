import CZeroMQ

/// The libzmq that this program runs with. It may differ from the one that the program was built against.
public enum Library {
    /// The version, such as `4.3.4`.
    public static var version: String {
        var (major, minor, patch): (CInt, CInt, CInt) = (0, 0, 0)
        zmq_version(&major, &minor, &patch)
        return "\(major).\(minor).\(patch)"
    }

    /// True if libzmq was built with the capability.
    public static func has(_ capability: Capability) -> Bool {
        zmq_has(capability.rawValue) == 1
    }

    /// An optional capability of libzmq.
    public enum Capability: String, CaseIterable, Sendable {
        /// The `ipc` transport: sockets of the file system.
        case ipc
        /// The CURVE mechanism: encryption and keys.
        case curve
    }
}
