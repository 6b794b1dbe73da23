import ZeroMQ

/// The versions of the libraries that the client runs with.
public enum LibraryVersion {
    /// The version of libzmq, such as `4.3.4`.
    public static var zeroMQ: String { Library.version }
}
