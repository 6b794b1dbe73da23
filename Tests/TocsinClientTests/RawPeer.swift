import Glibc
import Testing
import Threads

@testable import TocsinClient

/// A broker's end of the wire down to its bytes (ZMTP 3.0, rfc.zeromq.org/spec/23): for what no libzmq socket would do,
/// such as to end within a message.
///
/// Each connection is let in, hears one message, is sent `bytes`, and ends. So a client that comes again gets as far as
/// the last time.
final class RawPeer: Sendable {
    let endpoint: String
    private let connections: AsyncStream<Void>

    /// Serves so many connections, each with these bytes. One that begins with anything but `command` does not count: a
    /// client may be connected for a moment more than it knows.
    ///
    /// - Parameter bytes: What is sent after the command, made for the connection of this number, from 1 on.
    init(connections count: Int, hearing command: String, sending bytes: @escaping @Sendable (Int) -> [UInt8]) throws {
        let listener = try LoopbackPort(waiting: 8)
        endpoint = listener.endpoint
        let (connections, served) = AsyncStream.makeStream(of: Void.self)
        self.connections = connections
        try OwnThread.start("raw-peer") {
            var number = 1
            while number <= count {
                let connection = accept(listener.descriptor, nil, nil)
                guard connection >= 0 else { break }
                if Self.serve(connection, command, bytes(number)) {
                    served.yield()
                    number += 1
                }
                close(connection)
            }
            served.finish()
        }
    }

    /// Waits until every connection has been served to its end.
    ///
    /// - Returns: How many there were.
    func finish() async -> Int {
        await connections.reduce(0) { count, _ in count + 1 }
    }

    /// A frame as it stands on the wire.
    static func frame(_ text: String, more: Bool = false) -> [UInt8] {
        //  ┌─────────┬───────────┬──────┐
        //  │ flags 1 │ length 1  │ body │   flags: bit 0 more follow, bit 1 the length has 8 bytes
        //  └─────────┴───────────┴──────┘
        let body = Array(text.utf8)
        guard body.count > 255 else { return [more ? 1 : 0, UInt8(body.count)] + body }
        return [more ? 3 : 2] + (0..<8).reversed().map { UInt8(truncatingIfNeeded: body.count >> ($0 * 8)) } + body
    }

    /// Whether the client shook hands and said the command.
    private static func serve(_ connection: CInt, _ command: String, _ bytes: [UInt8]) -> Bool {
        let greeting =
            [0xff] + [UInt8](repeating: 0, count: 8) + [0x7f, 3, 0] + Array("NULL".utf8)
            + [UInt8](repeating: 0, count: 48)
        let properties = Array("\u{5}READY\u{b}Socket-Type\u{0}\u{0}\u{0}\u{6}ROUTER".utf8)
        guard write(greeting, to: connection), read(64, from: connection) != nil,
            write([4, UInt8(properties.count)] + properties, to: connection), readFrame(from: connection) != nil,
            let header = readFrame(from: connection), header.starts(with: "TIP1 \(command)".utf8),
            write(bytes, to: connection)
        else { return false }
        // The other end reads everything before it learns that this is the end.
        shutdown(connection, CInt(SHUT_WR))
        while read(1, from: connection) != nil {}
        return true
    }

    private static func readFrame(from connection: CInt) -> [UInt8]? {
        read(2, from: connection).flatMap { read(Int($0[1]), from: connection) }
    }

    private static func read(_ count: Int, from connection: CInt) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        guard count == 0 || recv(connection, &bytes, count, CInt(MSG_WAITALL)) == count else { return nil }
        return bytes
    }

    private static func write(_ bytes: [UInt8], to connection: CInt) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(connection, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}
