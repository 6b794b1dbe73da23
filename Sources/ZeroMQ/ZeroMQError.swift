import CZeroMQ

/// A libzmq call that failed, with its subject and the reason.
///
/// A missing message, a full peer and an unknown identity are ordinary outcomes of receiving and sending. They are
/// returned as values (`SendOutcome`, `false`), never thrown.
public struct ZeroMQError: Error, Hashable, Sendable {
    /// The reason of the failure. Compare it with the static codes: `error.code == .terminated`.
    public let code: Code

    /// The C function that failed, such as `zmq_bind`.
    public let call: String

    /// The subject of the call, if it has one: an endpoint, or the name of an option.
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

    /// An `errno` value, or one of libzmq's additional values.
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: CInt

        public init(rawValue: CInt) {
            self.rawValue = rawValue
        }

        /// The context was shut down. The thread should close its sockets and end.
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
        /// This kind of socket cannot do that, such as a SUB sending, or this libzmq was built without it.
        public static let notSupported = Code(rawValue: ENOTSUP)
        /// The call is not possible now. A REQ must receive before it sends again.
        public static let wrongState = Code(rawValue: EFSM)
        /// The context has its maximum of sockets, or the process its maximum of open files.
        public static let tooManyOpen = Code(rawValue: EMFILE)
        /// The context has no I/O thread.
        public static let noThread = Code(rawValue: EMTHREAD)
        /// There is no memory left.
        public static let outOfMemory = Code(rawValue: ENOMEM)
        /// The received bytes violate the protocol.
        public static let malformed = Code(rawValue: EPROTO)

        /// A send or receive would have to wait. Not an error outside this module.
        @usableFromInline static let wouldBlock = Code(rawValue: EAGAIN)
        /// No peer has the identity. Not an error outside this module.
        static let unreachable = Code(rawValue: EHOSTUNREACH)
        /// A signal came, and the call is made again. Not an error outside this module.
        @usableFromInline static let interrupted = Code(rawValue: EINTR)

        /// The code of this thread's last libzmq call. It is meaningful only right after a call that failed.
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
/// `checkedPointer`. The exceptions are those of the destructors, which can fail only by a mistake of ours.
@discardableResult
@inlinable
func check(
    _ result: CInt, _ call: StaticString, on subject: @autoclosure () -> String? = nil
) throws(ZeroMQError) -> CInt {
    guard result != -1 else { throw lastError(call, on: subject()) }
    return result
}

/// Does the same as `check` for calls that return a null pointer when they fail.
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
