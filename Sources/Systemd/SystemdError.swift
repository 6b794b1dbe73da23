internal import Glibc

/// A call into libsystemd that failed.
public struct SystemdError: Error, Equatable, CustomStringConvertible {
    /// The name of the C function, such as `sd_notify`.
    public let call: String

    /// The errno value the function returned, as a positive number.
    public let code: Int32

    /// The call, the system's words for the code, and the code.
    public var description: String {
        "\(call): \(String(cString: strerror(code))) (errno \(code))"
    }

    /// Returns a libsystemd return value that is a success, and throws one that is a negative errno.
    static func check(_ result: Int32, call: String) throws(SystemdError) -> Int32 {
        guard result >= 0 else { throw SystemdError(call: call, code: -result) }
        return result
    }
}
