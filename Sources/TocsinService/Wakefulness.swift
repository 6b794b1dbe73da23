import Glibc

/// Keeps the machine's processors from going to sleep while somebody waits for an answer.
///
/// An incident passes from thread to thread, to the disk and back; each time a processor that has gone to sleep must wake
/// up first. Linux lets a program say how many microseconds that may take, for as long as it has a device open
/// ("PM QoS", the kernel's Documentation/power/pm_qos_interface.rst): with none, a processor without work stays awake.
///
/// Where the device is missing or not permitted, or `keep-processors-awake` is false, they sleep as ever. <doc:Processors-kept-awake> has the figures.
struct Wakefulness: ~Copyable {
    /// Linux's device for it. It belongs to root; `systemd/tocsin.tmpfiles.conf` gives it to the daemon's group.
    static let device = "/dev/cpu_dma_latency"
    /// How long they are kept awake after the last commit that somebody waited for, in milliseconds. Those who were told
    /// have answered by then, and at 100 reports a second the next one comes. At one a second it is a hundredth of the time.
    static let duration: Int64 = 10
    /// Microseconds in which a processor must be awake: none, and as many as it likes.
    private static let (awake, asleep): (Int32, Int32) = (0, .max)

    private let descriptor: CInt
    /// Uptime, in milliseconds, at which they may sleep again; nil while they may.
    private(set) var until: Int64?

    /// Opens the device; nil where nobody is to be kept awake.
    init(device: String?) {
        descriptor = device.map { open($0, O_WRONLY | O_CLOEXEC) } ?? -1
    }

    deinit {
        if isPossible { close(descriptor) }
    }

    /// Whether the processors heed this.
    var isPossible: Bool { descriptor >= 0 }

    /// Keeps them awake for a while from `uptime` on.
    mutating func begin(at uptime: Int64) {
        guard isPossible else { return }
        if until == nil { ask(for: Self.awake) }
        until = uptime + Self.duration
    }

    /// Lets them sleep when the while is over.
    mutating func end(at uptime: Int64) {
        guard let until, until <= uptime else { return }
        self.until = nil
        ask(for: Self.asleep)
    }

    /// Where this fails, answers come later and are as true.
    private func ask(for microseconds: Int32) {
        withUnsafeBytes(of: microseconds) { bytes in _ = write(descriptor, bytes.baseAddress, bytes.count) }
    }
}
