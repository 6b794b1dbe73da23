import Glibc

/// A descriptor that becomes readable when another thread signals: the reading end of a pipe.
final class WakeUp: Sendable {
    let fileDescriptor: CInt
    private let writingEnd: CInt

    init() throws(ServiceError) {
        var ends: [CInt] = [-1, -1]
        guard pipe(&ends) == 0 else { throw .system(call: "pipe", code: errno) }
        (fileDescriptor, writingEnd) = (ends[0], ends[1])
        for end in ends {
            guard fcntl(end, F_SETFL, O_NONBLOCK) == 0, fcntl(end, F_SETFD, FD_CLOEXEC) == 0 else {
                throw .system(call: "fcntl", code: errno)
            }
        }
    }

    deinit {
        close(fileDescriptor)
        close(writingEnd)
    }

    /// Makes the descriptor readable. Any thread may call it.
    func signal() {
        var byte: UInt8 = 1
        // A full pipe is readable already. Nothing is lost if this byte does not fit.
        _ = write(writingEnd, &byte, 1)
    }

    /// Makes the descriptor unreadable again.
    func clear() {
        withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { bytes in
            while read(fileDescriptor, bytes.baseAddress, bytes.count) == bytes.count {}
        }
    }
}
