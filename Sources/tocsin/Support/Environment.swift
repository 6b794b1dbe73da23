import FoundationEssentials
import Glibc
import TocsinModel

/// The process's environment.
enum Environment {
    /// The value of a variable; nil if it is not set, or empty.
    static subscript(name: String) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Returns the variables of these names that are set.
    static func variables(_ names: [String]) -> [String: String] {
        var found: [String: String] = [:]
        for name in names { found[name] = self[name] }
        return found
    }

    /// All variables that are set.
    static var all: [String: String] { ProcessInfo.processInfo.environment }

    /// The folder of this program.
    static var programFolder: String {
        program.lastIndex(of: "/").map { String(program[..<$0]) } ?? "."
    }

    /// The path of this program, valid from anywhere.
    static var program: String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) { buffer in
            let count = buffer.baseAddress.map { readlink("/proc/self/exe", $0, buffer.count) } ?? 0
            guard count > 0 else { return "tocsin" }
            return String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
        }
    }

    /// The name of the user that this process runs as.
    static var user: String {
        getpwuid(geteuid()).map { String(cString: $0.pointee.pw_name) } ?? "uid-\(geteuid())"
    }

    /// `user@host`, in the characters that a report's sender may have: what a report says who sent it.
    static var userAtHost: String {
        let host = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            buffer.initialize(repeating: 0)
            guard let start = buffer.baseAddress, gethostname(start, buffer.count - 1) == 0 else { return "localhost" }
            let bytes = buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:))
            return String(decoding: bytes, as: UTF8.self)
        }
        let user = self["USER"] ?? user
        return "\(user)@\(host)".replacing(/[\s,<&]/, with: "-")
    }

    /// A terminal's name that no other process of this machine has. Of two terminals of one name, the broker keeps one.
    static var terminalName: String {
        let number = "-\(getpid())"
        var name = userAtHost
        while name.utf8.count + number.utf8.count > Limits.terminalBytes { name.removeLast() }
        return name + number
    }
}
