import CZeroMQ

/// A libzmq call that failed: which one, on what, and why.
///
/// "No message is there", "the peer is full" and "nobody has this identity" are ordinary outcomes of receiving and
/// sending and are returned as values (`SendOutcome`, `false`), never thrown.
public struct ZeroMQError: Error, Hashable, Sendable {
    /// Why the call failed. Compare with the static codes: `error.code == .terminated`.
    public let code: Code

    /// The C function that failed, such as `zmq_bind`.
    public let call: String

    /// What the call was about, where it was about something: an endpoint, or the name of an option.
    public let subject: String?

    public init(code: Code, call: String, subject: String? = nil) {
        self.code = code
        self.call = call
        self.subject = subject
    }

    /// libzmq's own words for the code, from `zmq_strerror`.
    public var text: String {
        String(cString: zmq_strerror(code.rawValue))
    }

    /// An `errno` value, or one of those that libzmq adds to them.
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: CInt

        public init(rawValue: CInt) {
            self.rawValue = rawValue
        }

        /// The context was shut down: the thread should close its sockets and end.
        public static let terminated = Code(rawValue: ETERM)
        /// Another socket is bound to the endpoint.
        public static let addressInUse = Code(rawValue: EADDRINUSE)
        /// The endpoint is on no interface of this machine.
        public static let addressNotAvailable = Code(rawValue: EADDRNOTAVAIL)
        /// The endpoint names an interface that does not exist.
        public static let noSuchDevice = Code(rawValue: ENODEV)
        /// The socket is not bound or connected to the endpoint, or the `ipc` directory does not exist.
        public static let noSuchEntry = Code(rawValue: ENOENT)
        /// The process may not use the endpoint.
        public static let permissionDenied = Code(rawValue: EACCES)
        /// The endpoint is malformed, or the option does not take the value.
        public static let invalidArgument = Code(rawValue: EINVAL)
        /// The endpoint's path is longer than a socket address can hold.
        public static let nameTooLong = Code(rawValue: ENAMETOOLONG)
        /// libzmq does not know the endpoint's transport.
        public static let protocolNotSupported = Code(rawValue: EPROTONOSUPPORT)
        /// The transport cannot carry this kind of socket.
        public static let incompatibleProtocol = Code(rawValue: ENOCOMPATPROTO)
        /// This kind of socket cannot do that, such as a SUB sending; or this libzmq was built without it.
        public static let notSupported = Code(rawValue: ENOTSUP)
        /// Not now: a REQ must receive before it sends again.
        public static let wrongState = Code(rawValue: EFSM)
        /// The context has as many sockets, or the process as many open files, as it may have.
        public static let tooManyOpen = Code(rawValue: EMFILE)
        /// The context has no I/O thread.
        public static let noThread = Code(rawValue: EMTHREAD)
        /// There is no memory left.
        public static let outOfMemory = Code(rawValue: ENOMEM)
        /// What was received is not what the protocol says must come.
        public static let malformed = Code(rawValue: EPROTO)

        /// Not an error outside this module: a send or receive that would have to wait.
        @usableFromInline static let wouldBlock = Code(rawValue: EAGAIN)
        /// Not an error outside this module: no peer has the identity.
        static let unreachable = Code(rawValue: EHOSTUNREACH)
        /// Not an error outside this module: a signal came, and the call is made again.
        @usableFromInline static let interrupted = Code(rawValue: EINTR)

        /// The code of the libzmq call that this thread made last. Meaningful only right after one that failed.
        @usableFromInline static var last: Code { Code(rawValue: zmq_errno()) }
    }
}

extension ZeroMQError: CustomStringConvertible {
    /// One line for a log: `zmq_bind(tcp://127.0.0.1:7701): Address already in use`.
    public var description: String {
        "\(call)(\(subject ?? "")): \(text)"
    }
}

/// Turns libzmq's −1 into an error that names the call. Every call that can fail goes through here or through
/// `checkedPointer`, but for those of the destructors, which can fail only by a mistake of ours.
@discardableResult
@inlinable
func check(
    _ result: CInt, _ call: StaticString, on subject: @autoclosure () -> String? = nil
) throws(ZeroMQError) -> CInt {
    guard result != -1 else { throw lastError(call, on: subject()) }
    return result
}

/// As `check`, for the calls that return a null pointer when they fail.
func checkedPointer(
    _ pointer: UnsafeMutableRawPointer?, _ call: StaticString, on subject: @autoclosure () -> String? = nil
) throws(ZeroMQError) -> UnsafeMutableRawPointer {
    guard let pointer else { throw lastError(call, on: subject()) }
    return pointer
}

@usableFromInline
func lastError(_ call: StaticString, on subject: String?) -> ZeroMQError {
    ZeroMQError(code: .last, call: call.description, subject: subject)
}
