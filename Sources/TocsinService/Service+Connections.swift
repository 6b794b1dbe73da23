import Glibc
import TocsinCore
import TocsinModel
import ZeroMQ

extension Service {
    /// Takes as many descriptors as the system gives, and bounds the connections' share of them. Call it once in a
    /// process, before ``run(_:)``.
    public func boundConnections() {
        let limit = Self.raisedDescriptorLimit()
        let reserve = min(Limits.descriptorReserve, limit / 4)
        ConnectionBounds(
            descriptors: limit - reserve, operatorDescriptors: limit - reserve / 2,
            operatorPath: String(configuration.control.trimmingPrefix("ipc://")),
            unfinishedBytes: 2 * configuration.broker.limits.receivedFrameBytes, unreadBytes: Limits.unreadBytes
        ).enforce()
        if configuration.security.clientsFile != nil {
            ConnectionBounds.showOutSilentOnes(after: Limits.silentConnectionSeconds)
        }
    }

    /// Raises the limit of descriptors, and returns it. The usual soft limit is 1,024, and each connection needs one.
    /// If the limit cannot be raised the old one holds.
    private static func raisedDescriptorLimit() -> Int {
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { return 1024 }
        let former = limit.rlim_cur
        limit.rlim_cur = limit.rlim_max
        return Int(clamping: setrlimit(resource, &limit) == 0 ? limit.rlim_max : former)
    }
}
