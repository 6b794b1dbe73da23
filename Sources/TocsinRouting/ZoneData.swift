import TocsinModel

/// The time zones that rules can name.
public struct ZoneData: Sendable {
    /// Why a zone cannot be had.
    package enum Problem: Error, Hashable {
        /// There is no zone of this name; the nearest that there is.
        case unknown(nearest: String?)
        /// There is no zone data at all.
        case notInstalled
        /// The file is there, and is no zone.
        case unreadable
    }

    /// No zone but UTC.
    public static let none = ZoneData(file: { _ in nil }, machine: { ("UTC", nil) })

    /// Returns the bytes of a file of the data, by its path in the data's folder; nil if there is no such file.
    private let file: @Sendable (String) -> [UInt8]?
    private let machine: @Sendable () -> (name: String, file: [UInt8]?)

    /// - Parameters:
    ///   - file: returns the bytes of a file by its path in the folder of the data: `Asia/Shanghai`; nil if there is none.
    ///   - machine: returns the name of the machine's zone, and its file where that is not one of the data's.
    public init(
        file: @escaping @Sendable (String) -> [UInt8]?,
        machine: @escaping @Sendable () -> (name: String, file: [UInt8]?)
    ) {
        self.file = file
        self.machine = machine
    }

    /// Returns a zone by its IANA name: `Asia/Shanghai`.
    func zone(named name: String) throws(Problem) -> Zone {
        guard name != "UTC" else { return .utc }
        guard let bytes = Self.isName(name) ? file(name) : nil else {
            // A list of all zones comes with the data.
            guard let table = file("tzdata.zi") ?? file("zone1970.tab") else { throw .notInstalled }
            throw .unknown(nearest: Suggestion.nearest(to: name, among: Self.names(in: table)))
        }
        guard let zone = Zone(name: name, tzif: bytes) else { throw .unreadable }
        return zone
    }

    /// The zone of this machine.
    func zoneOfMachine() throws(Problem) -> Zone {
        let (name, file) = machine()
        guard let file else { return try zone(named: name) }
        guard let zone = Zone(name: name, tzif: file) else { throw .unreadable }
        return zone
    }

    /// True if the text may be a zone's: no path leads out of the folder.
    private static func isName(_ text: String) -> Bool {
        let letters = text.utf8.allSatisfy { byte in
            byte.isLetterOrDigit || "/_+-".utf8.contains(byte)
        }
        return letters && !text.isEmpty && text.utf8.count <= 64 && text.utf8.first != UInt8(ascii: "/")
    }

    /// The names in a list of zones: lines `Z name …` and `L target name`, or `countries position name …`.
    private static func names(in table: [UInt8]) -> [String] {
        String(decoding: table, as: UTF8.self).split(separator: "\n").compactMap { line in
            let words = line.split { $0 == " " || $0 == "\t" }
            switch words.first {
            case "Z" where words.count > 1: return String(words[1])
            case "L" where words.count > 2: return String(words[2])
            default: return words.count > 2 && words[2].contains("/") ? String(words[2]) : nil
            }
        }
    }
}

extension UInt8 {
    fileprivate var isLetterOrDigit: Bool {
        decimalDigit != nil || ((self | 0x20) >= UInt8(ascii: "a") && (self | 0x20) <= UInt8(ascii: "z"))
    }
}
