import Glibc
public import TocsinRouting

extension ZoneData {
    /// The folder of the system's zones, which the package tzdata keeps up to date.
    private static let folder = "/usr/share/zoneinfo/"

    /// The zones of this system. The machine's own is that of the variable TZ, or else that of `/etc/localtime`, or else UTC.
    public static let system = ZoneData(
        file: { name in try? TextFile.bytes(folder + name) },
        machine: {
            let variable = getenv("TZ").map { String(cString: $0) } ?? ""
            let named = variable.hasPrefix(":") ? String(variable.dropFirst()) : variable
            if !named.isEmpty, !named.hasPrefix("/") { return (named, nil) }
            return zone(atPath: named.isEmpty ? "/etc/localtime" : named)
                ?? (named.isEmpty ? ("UTC", nil) : (named, []))
        })

    /// Returns the name of a zone's file in the folder, or its path and bytes where it is elsewhere; nil if there is none.
    private static func zone(atPath path: String) -> (name: String, file: [UInt8]?)? {
        guard let path = realpath(path, nil) else { return nil }
        defer { free(path) }
        let target = String(cString: path)
        if target.hasPrefix(folder) { return (String(target.dropFirst(folder.count)), nil) }
        return (target, (try? TextFile.bytes(target)) ?? [])
    }
}
