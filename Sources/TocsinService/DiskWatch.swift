import Glibc
import Logging
import Synchronization
import Threads
import TocsinCore
import TocsinModel

/// Reads the free room of the journal's file system each second, and logs when it becomes scarce. The configuration's
/// file is looked at as well.
///
/// It has a thread of its own, because a file system may not answer.
final class DiskWatch: Sendable {
    private let folder: String
    private let logger: Logger
    private let configuration: ConfigurationWatch
    private let latestRoom = Mutex<DiskRoom?>(nil)
    private let shutOut = Atomic(false)
    private let isStopping = Semaphore()

    init(folder: String, configuration: ConfigurationWatch, logger: Logger) {
        self.folder = folder
        self.configuration = configuration
        self.logger = logger
    }

    /// Starts the thread.
    ///
    /// - Throws: If the system has no thread to give.
    func start() throws(OwnThread.Failure) {
        try OwnThread.start("tocsin-room") { [self] in
            var forecast = DiskForecast()
            let beganReadOnly = MountState(of: folder)?.isFileSystemReadOnly ?? false
            repeat {
                configuration.look()
                if beganReadOnly, MountState(of: folder)?.isShutOut ?? false { shutOut.store(true, ordering: .relaxed) }
                guard let free = Self.freeBytes(folder) else { continue }
                let room = forecast.add(freeBytes: free, at: SystemClock.now.uptime)
                latestRoom.withLock { $0 = room }
                switch forecast.change(to: room) {
                case .scarce(let bound):
                    logger.warning(
                        "the disk is nearly full",
                        metadata: [
                            "state": "\(folder)", "freeBytes": "\(free)", "bound": "\(bound)",
                            "lastsSeconds": "\(room.lastsSeconds.map(String.init) ?? "for ever")",
                        ])
                case .ample: logger.notice("the disk has room again", metadata: ["freeBytes": "\(free)"])
                case nil: break
                }
            } while !isStopping.wait(for: .seconds(1))
        }
    }

    /// The room at the last look. Nil before the first one, and if the file system cannot be asked.
    var latest: DiskRoom? { latestRoom.withLock { $0 } }

    /// True if the file system was read-only at the start and is not any more, but this process cannot write there.
    var isShutOut: Bool { shutOut.load(ordering: .relaxed) }

    /// Ends the thread.
    func stop() {
        isStopping.signal()
    }

    private static func freeBytes(_ folder: String) -> Int64? {
        var system = statvfs()
        guard statvfs(folder, &system) == 0 else { return nil }
        return Int64(clamping: UInt64(system.f_bavail) * UInt64(system.f_frsize))
    }
}

/// The free room of a file system, and how long it lasts.
struct DiskRoom: Hashable, Sendable {
    var freeBytes: Int64
    /// The bytes that are used up in an hour at the present rate. It is 0 or less if there is no growth, and nil while it
    /// is not known yet.
    var bytesPerHour: Int64?

    /// The seconds that count as for ever: a hundred years.
    private static let ever = 100.0 * 365 * 86_400

    /// The seconds that the free bytes last at that rate. Nil if they last for ever, as far as is known.
    var lastsSeconds: Int64? {
        guard let bytesPerHour, bytesPerHour > 0 else { return nil }
        let seconds = Double(freeBytes) / Double(bytesPerHour) * 3600
        return seconds < Self.ever ? Int64(seconds) : nil
    }

    func write(to json: inout JSONWriter) {
        json.object("disk") { json in
            json.member("freeBytes", freeBytes)
            json.member("bytesPerHour", ifPresent: bytesPerHour)
            json.member("lastsSeconds", ifPresent: lastsSeconds)
        }
    }
}

/// Computes the rate at which the free room shrinks, and decides when to warn.
struct DiskForecast {
    enum Change: Hashable {
        /// The room has fallen below the named bound.
        case scarce(String)
        /// The room is at least twice each bound again.
        case ample
    }

    /// The milliseconds that the rate is taken over, or the time since the start where that is shorter. A storm shows in
    /// them, and a file of a minute does not.
    private static let window: Int64 = 10 * 60 * 1000
    /// The shortest time that gives a rate, in milliseconds.
    private static let shortest: Int64 = 60 * 1000
    /// The time between two samples that are kept, in milliseconds.
    private static let interval: Int64 = 10 * 1000

    private var samples: [(time: Int64, freeBytes: Int64)] = []
    private var isScarce = false

    /// Adds the free bytes at a time in uptime milliseconds, and returns the room.
    mutating func add(freeBytes: Int64, at time: Int64) -> DiskRoom {
        samples.removeAll { time - $0.time > Self.window }
        if samples.last.map({ time - $0.time >= Self.interval }) ?? true { samples.append((time, freeBytes)) }
        guard let first = samples.first, time - first.time >= Self.shortest else {
            return DiskRoom(freeBytes: freeBytes, bytesPerHour: nil)
        }
        let perHour = Double(first.freeBytes - freeBytes) * 3_600_000 / Double(time - first.time)
        return DiskRoom(freeBytes: freeBytes, bytesPerHour: Int64(perHour))
    }

    /// Returns what is to be logged: once when the room becomes scarce, and again only after it was ample.
    mutating func change(to room: DiskRoom) -> Change? {
        let lasts = room.lastsSeconds ?? .max
        if isScarce {
            guard room.freeBytes >= 2 * Limits.scarceBytes, lasts >= 2 * Limits.scarceSeconds else { return nil }
            isScarce = false
            return .ample
        }
        let bound: String? =
            room.freeBytes < Limits.scarceBytes
            ? "\(Limits.scarceBytes >> 20) MB" : lasts < Limits.scarceSeconds ? "\(Limits.scarceSeconds / 3600) h" : nil
        guard let bound else { return nil }
        isScarce = true
        return .scarce(bound)
    }
}
