import Glibc

/// Keeps the machine's processors from going to sleep while somebody waits for an answer.
///
/// An incident passes from thread to thread, to the disk and back. Each time a sleeping processor must wake up first.
/// Linux lets a program limit the microseconds that this may take, for as long as it has a device open ("PM QoS", the
/// kernel's Documentation/power/pm_qos_interface.rst). With a limit of none, a processor without work stays awake.
///
/// If the device is missing or not permitted, or `keep-processors-awake` is false, the processors sleep as ever.
/// <doc:Processors-kept-awake> has the figures.
struct Wakefulness: ~Copyable {
    /// Linux's device for the limit. It belongs to root. `systemd/tocsin.tmpfiles.conf` gives it to the daemon's group.
    static let device = "/dev/cpu_dma_latency"
    /// How long processors are kept awake after the last commit that somebody waited for, in milliseconds. The peers
    /// that were told have answered by then, and at 100 reports a second the next one comes. At one a second it is a
    /// hundredth of the time.
    static let duration: Int64 = 10
    /// The microseconds in which a processor must be awake: none, and any number.
    private static let (awake, asleep): (Int32, Int32) = (0, .max)

    private let descriptor: CInt
    /// The uptime in milliseconds at which processors may sleep again, or nil while they may.
    private(set) var until: Int64?

    /// Opens the device. With nil, processors are never kept awake.
    init(device: String?) {
        descriptor = device.map { open($0, O_WRONLY | O_CLOEXEC) } ?? -1
    }

    deinit {
        if isPossible { close(descriptor) }
    }

    /// True if the device is open, so that processors can be kept awake.
    var isPossible: Bool { descriptor >= 0 }

    /// Keeps processors awake for ``duration`` from `uptime` on.
    mutating func begin(at uptime: Int64) {
        guard isPossible else { return }
        if until == nil { ask(for: Self.awake) }
        until = uptime + Self.duration
    }

    /// Lets processors sleep once the time is over.
    mutating func end(at uptime: Int64) {
        guard let until, until <= uptime else { return }
        self.until = nil
        ask(for: Self.asleep)
    }

    /// Sets the limit. If this fails, answers come later and are as true.
    private func ask(for microseconds: Int32) {
        withUnsafeBytes(of: microseconds) { bytes in _ = write(descriptor, bytes.baseAddress, bytes.count) }
    }
}
