import CLinux
import Glibc
import TocsinClient
import TocsinModel

/// The machine: its clock, the libraries, and what a running daemon may use.
enum MachineCheck {
    /// Fewer descriptors are used up by a few hundred clients.
    private static let leastDescriptors = 4096

    static func clock(isSynchronised: Bool = linux_is_clock_synchronised() != 0) -> Finding {
        isSynchronised
            ? .ok("clock", "synchronised")
            : .todo(
                "clock", "not synchronised: deadlines and times of day may be wrong",
                "'timedatectl set-ntp true', or run chrony.")
    }

    static func libraries(daemon version: String?) -> Finding {
        let found = [
            "libzmq \(LibraryVersion.zeroMQ)", "SQLite \(sqliteVersion ?? "not found")",
            "glibc \(String(cString: linux_libc_version()))",
        ]
        let own = Release.version
        let text = "tocsin \(own), " + found.joined(separator: ", ")
        guard let version, version != own else { return .ok("versions", text) }
        return .todo(
            "versions", "\(text); the broker is \(version)", "Start it again, so that it runs what is installed.")
    }

    /// The descriptors that a process may have, by the text of /proc/PID/limits.
    static func descriptors(_ limits: String?) -> Finding {
        guard let limits else {
            return .unknown("descriptors", "of the broker cannot be looked at", "Run 'sudo tocsin doctor'.")
        }
        let line = limits.split(separator: "\n").first { $0.hasPrefix("Max open files") }
        guard let soft = line?.split(separator: " ").dropFirst(3).first else {
            return .unknown("descriptors", "/proc/PID/limits does not name them")
        }
        let text = "\(soft) for the broker: one for each connection"
        guard soft == "unlimited" || Int(soft) ?? 0 >= leastDescriptors else {
            return .todo("descriptors", text, "'LimitNOFILE=65536' in the unit: 'systemctl edit tocsind'.")
        }
        return .ok("descriptors", text)
    }

    /// The bound on memory of a process's control group (cgroups(7)); each level above may have a narrower one.
    static func memory(_ groups: String?, read: (String) -> String?) -> Finding {
        guard let groups, let line = groups.split(separator: "\n").first(where: { $0.hasPrefix("0::") }) else {
            return .unknown("memory", "the broker's control group cannot be looked at")
        }
        var path = String(line.dropFirst(3))
        var least: UInt64?
        while !path.isEmpty, path != "/" {
            let bound = read("/sys/fs/cgroup\(path)/memory.max").flatMap { UInt64($0.prefix { $0 != "\n" }) }
            if let bound { least = min(least ?? bound, bound) }
            path = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
        }
        guard let least else {
            return .todo(
                "memory", "the broker has no bound", "'MemoryMax=75%' in the unit: without it the machine may go first."
            )
        }
        return .ok("memory", "the broker may use \(byteCount(least))")
    }

    /// The SQLite that is installed. This program does not use it, and the daemon need not be running.
    private static var sqliteVersion: String? {
        guard let library = dlopen("libsqlite3.so.0", RTLD_LAZY), let symbol = dlsym(library, "sqlite3_libversion")
        else { return nil }
        typealias Version = @convention(c) () -> UnsafePointer<CChar>?
        return unsafeBitCast(symbol, to: Version.self)().map { String(cString: $0) }
    }
}
