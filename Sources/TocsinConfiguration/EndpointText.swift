import TocsinRouting

/// A broker's endpoint in its parts: `tcp://HOST:PORT`, with 0 or `*` as a port for any free one, or `ipc://PATH`.
public struct EndpointText: Hashable, Sendable {
    /// The endpoint as it was written.
    public let text: String
    /// The host, an IPv6 address without its brackets; nil for ipc.
    public let host: String?

    /// Reads an endpoint.
    ///
    /// - Throws: ``EndpointProblem`` for an endpoint that libzmq would not take, in words that say what is valid.
    public init(_ text: String) throws(EndpointProblem) {
        self.text = text
        if text.hasPrefix("ipc://") {
            host = nil
            try Self.checkPath(text.dropFirst(6), of: text)
        } else {
            host = try Self.host(of: text)
        }
    }

    /// True if only this machine's own programs can reach the endpoint, for certain: ipc, 127.0.0.0/8, `localhost` and
    /// `[::1]`.
    ///
    /// Addresses that depend on this machine's interfaces, names or mapped addresses are not certain: the name `lo`,
    /// `127.1`, `[::ffff:127.0.0.1]`.
    public var isLoopback: Bool {
        guard let host else { return true }
        if host == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127"
            && parts.allSatisfy { part in
                // Some programs would read a part with a leading 0 in base 8.
                UInt8(part).map { String($0) == part } ?? false
            }
    }

    /// The text for bind. libzmq looks up no names there, and `localhost` is one.
    public var forBinding: String {
        host == "localhost" ? "tcp://127.0.0.1" + text.dropFirst("tcp://localhost".utf8.count) : text
    }

    private static let expected =
        "valid are tcp://HOST:PORT, such as tcp://127.0.0.1:7701 or tcp://[::1]:7701, and ipc:///PATH"

    /// The bytes of `sun_path` (unix(7)) that Linux leaves beside the final zero.
    private static let socketPathBytes = 107

    private static func checkPath(_ path: Substring, of text: String) throws(EndpointProblem) {
        guard !path.isEmpty else { throw EndpointProblem("\(Suggestion.quoted(text)) has no path; \(expected)") }
        guard path.utf8.count <= socketPathBytes else {
            throw EndpointProblem(
                "the path in \(Suggestion.quoted(text)) has more than \(socketPathBytes) bytes, which no socket's may have"
            )
        }
    }

    private static func host(of text: String) throws(EndpointProblem) -> String {
        guard text.hasPrefix("tcp://"), let colon = text.lastIndex(of: ":"),
            colon > text.utf8.index(text.startIndex, offsetBy: 4)
        else { throw EndpointProblem("\(Suggestion.quoted(text)) is not an endpoint; \(expected)") }
        let host = text[..<colon].dropFirst(6)
        let port = text[text.index(after: colon)...]
        guard !host.isEmpty, !host.contains("/") else {
            throw EndpointProblem("\(Suggestion.quoted(text)) has no host; \(expected)")
        }
        guard port == "*" || port.allSatisfy({ $0.isASCII && $0.isNumber }) && UInt16(port) != nil else {
            throw EndpointProblem("'\(port)' is not a port; valid are 1 to 65535, and 0 or * for any free one")
        }
        guard host.contains(":") else { return String(host) }
        guard host.hasPrefix("["), host.hasSuffix("]") else {
            throw EndpointProblem("\(Suggestion.quoted(text)) has an IPv6 address without its brackets; \(expected)")
        }
        return String(host.dropFirst().dropLast())
    }
}

/// The fault of an endpoint's text, and what would be valid.
public struct EndpointProblem: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}

extension EndpointText {
    /// The reason why the broker does not bind this endpoint without keys or `security: none`; nil if it does.
    public var exposure: String? {
        isLoopback
            ? nil
            : "\(Suggestion.quoted(text)) may be reached from other machines, and without keys whoever reaches it may "
                + "do everything; give the broker a key ('tocsin keys make broker') and name it in security.key, and the "
                + "clients in security.clients; or bind tcp://127.0.0.1:PORT, or write 'security: none' into the "
                + "configuration to accept that"
    }
}
