import Glibc
public import TocsinRouting

extension ZoneData {
    /// The folder of the system's zones, which the package tzdata keeps up to date.
    private static let folder = "/usr/share/zoneinfo/"

    /// The zones of this system. The machine's own is that of the variable TZ, or else that of `/etc/localtime`, or else UTC.
    public static let system = ZoneData(
        file: { name in try? TextFile.bytes(folder + name) },
        machine: {
            if let variable = getenv("TZ").map({ String(cString: $0) }), !variable.isEmpty {
                return (variable.hasPrefix(":") ? String(variable.dropFirst()) : variable, nil)
            }
            guard let path = realpath("/etc/localtime", nil) else { return ("UTC", nil) }
            defer { free(path) }
            let target = String(cString: path)
            if target.hasPrefix(folder) { return (String(target.dropFirst(folder.count)), nil) }
            return (target, (try? TextFile.bytes(target)) ?? [])
        })
}
