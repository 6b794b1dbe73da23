import Synchronization
import TocsinCore
import TocsinModel
import TocsinWire
import ZeroMQ

/// The bytes that libzmq holds for each connection that does not read.
///
/// libzmq bounds its queues in messages (``TocsinModel/Limits/sendQueueMessages``), and a message may have megabytes. So
/// the header of a large message, which no other message shares, counts the whole until libzmq lets go of it.
final class UnsentBytes: Sendable {
    /// The bytes from which a message counts. So many smaller ones as fit in a queue take 40 MB.
    static let largeBytes = 2048

    struct Connection: Hashable {
        let endpoint: Endpoint
        let identity: PeerIdentity
    }

    private let limit: Int
    private let bytes = Mutex<[Connection: Int]>([:])

    init(limit: Int) {
        self.limit = limit
    }

    /// Returns true if the connection may be sent one more large message.
    func hasRoom(_ connection: Connection) -> Bool {
        bytes.withLock { $0.isEmpty || $0[connection, default: 0] < limit }
    }

    /// Makes the header frame of a large message, and counts the message's bytes.
    func header(
        _ header: UnsafeRawBufferPointer, of count: Int, to connection: Connection
    ) throws(ZeroMQError) -> Message {
        bytes.withLock { $0[connection, default: 0] += count }
        return try Message(copying: header) { [weak self] in self?.remove(count, of: connection) }
    }

    private func remove(_ count: Int, of connection: Connection) {
        bytes.withLock { bytes in
            let left = (bytes[connection] ?? count) - count
            bytes[connection] = left > 0 ? left : nil
        }
    }
}
