internal import CSystemd
internal import Glibc

/// The connection of a `Type=notify` service to its service manager.
///
/// The messages go to the socket that `NOTIFY_SOCKET` names (see sd_notify(3)). Without a service manager there is no
/// such socket. Every call is then a silent no-op that returns false, so that the same code runs in a terminal. The
/// environment is read on every call; do not change it while other threads run.
///
///     let manager = ServiceManager()
///     try manager.ready(status: "Serving")
///     if let interval = try manager.watchdogInterval {
///         // call try manager.ping() every half of the interval
///     }
public struct ServiceManager: Sendable {
    /// Creates the connection; nothing is opened or sent.
    public init() {}

    /// Tells that start-up, or a reload announced by ``reloading(status:)``, is complete.
    ///
    /// - Parameter status: One line for `systemctl status`; line breaks in it become spaces.
    /// - Returns: True if there was a service manager to tell.
    /// - Throws: ``SystemdError`` if the notify socket is named but cannot be written to.
    @discardableResult
    public func ready(status: String) throws(SystemdError) -> Bool {
        try notify(["READY=1", Self.statusLine(status)])
    }

    /// Tells that the configuration is being read anew. ``ready(status:)`` must follow.
    ///
    /// The message has the time of `CLOCK_MONOTONIC`, which `Type=notify-reload` requires and `Type=notify` ignores.
    ///
    /// - Parameter status: One line for `systemctl status`; line breaks in it become spaces.
    /// - Returns: True if there was a service manager to tell.
    /// - Throws: ``SystemdError`` if the notify socket is named but cannot be written to.
    @discardableResult
    public func reloading(status: String) throws(SystemdError) -> Bool {
        try notify(["RELOADING=1", "MONOTONIC_USEC=\(Self.monotonicMicroseconds())", Self.statusLine(status)])
    }

    /// Tells that shutdown has begun. The service manager's stop timeout runs from here at the latest.
    ///
    /// - Parameter status: One line for `systemctl status`; line breaks in it become spaces.
    /// - Returns: True if there was a service manager to tell.
    /// - Throws: ``SystemdError`` if the notify socket is named but cannot be written to.
    @discardableResult
    public func stopping(status: String) throws(SystemdError) -> Bool {
        try notify(["STOPPING=1", Self.statusLine(status)])
    }

    /// Replaces the line that `systemctl status` shows, without a change of state.
    ///
    /// - Parameter text: One line; line breaks in it become spaces.
    /// - Returns: True if there was a service manager to tell.
    /// - Throws: ``SystemdError`` if the notify socket is named but cannot be written to.
    @discardableResult
    public func status(_ text: String) throws(SystemdError) -> Bool {
        try notify([Self.statusLine(text)])
    }

    /// Tells the watchdog that the service is alive. Call this where progress is made, every half ``watchdogInterval``.
    ///
    /// - Returns: True if there was a service manager to tell.
    /// - Throws: ``SystemdError`` if the notify socket is named but cannot be written to.
    @discardableResult
    public func ping() throws(SystemdError) -> Bool {
        try notify(["WATCHDOG=1"])
    }

    /// The longest silence that the watchdog allows; nil if no watchdog is set for this process.
    ///
    /// The value comes from `WATCHDOG_USEC` and, if set, `WATCHDOG_PID` (see sd_watchdog_enabled(3)).
    ///
    /// - Throws: ``SystemdError`` if either variable is not a valid number.
    public var watchdogInterval: Duration? {
        get throws(SystemdError) {
            var microseconds: UInt64 = 0
            let enabled = try SystemdError.check(sd_watchdog_enabled(0, &microseconds), call: "sd_watchdog_enabled")
            return enabled > 0 ? .microseconds(microseconds) : nil
        }
    }

    private func notify(_ assignments: [String]) throws(SystemdError) -> Bool {
        guard let path = getenv("NOTIFY_SOCKET").map({ String(cString: $0) }), !path.isEmpty else { return false }
        try Self.send(assignments.joined(separator: "\n"), to: path)
        return true
    }

    /// Sends one datagram, as sd_notify does, but without waiting for a service manager that does not read. Its queue
    /// takes a few messages, and sd_notify waits when it is full.
    private static func send(_ text: String, to path: String) throws(SystemdError) {
        func fail() -> SystemdError { SystemdError(call: "sd_notify", code: errno) }
        let type = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(AF_UNIX, type, 0)
        guard descriptor >= 0 else { throw fail() }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        // An abstract socket's name begins with a zero, written as @.
        let name = path.utf8.enumerated().map { $0 == 0 && $1 == UInt8(ascii: "@") ? 0 : $1 }
        guard name.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw SystemdError(call: "sd_notify", code: ENAMETOOLONG)
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        let isAbstract = name.first == 0
        let length = MemoryLayout<sa_family_t>.size + name.count + (isAbstract ? 0 : 1)
        let sent = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                Array(text.utf8).withUnsafeBytes {
                    sendto(
                        descriptor, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL), address,
                        socklen_t(length))
                }
            }
        }
        guard sent >= 0 else { throw fail() }
    }

    /// Returns a status assignment on one line. A line break would start another assignment, and NUL would end the
    /// message.
    private static func statusLine(_ text: String) -> String {
        let oneLine = text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : Character($0) }
        return "STATUS=" + String(oneLine)
    }

    private static func monotonicMicroseconds() -> Int {
        var now = timespec()
        // The call cannot fail: the clock exists on every Linux and the pointer is ours.
        clock_gettime(CLOCK_MONOTONIC, &now)
        return now.tv_sec * 1_000_000 + now.tv_nsec / 1000
    }
}
