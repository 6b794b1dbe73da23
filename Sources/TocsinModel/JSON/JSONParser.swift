import CSimdJSON

/// Parses one JSON document at a time and lends a view of it.
///
/// The parser keeps its buffers from one document to the next, so a steady flow of documents allocates nothing. It
/// belongs to one thread at a time.
///
/// The syntax is that of RFC 8259, without a byte order mark. Text that is not UTF-8, more than one value, and nesting
/// deeper than ``Limits/jsonDepth`` are errors. A number that no machine type holds (beyond 64 bits, `1e400`) is
/// accepted: it is never whole, and 1e308 in size.
public final class JSONParser {
    private let parser: OpaquePointer

    /// Creates a parser for documents of up to `maximumBytes` bytes.
    public init(maximumBytes: Int) {
        guard let parser = csimdjson_create(maximumBytes, Limits.jsonDepth) else {
            preconditionFailure("There is no memory for a JSON parser.")
        }
        self.parser = parser
    }

    deinit {
        csimdjson_destroy(parser)
    }

    /// Parses `bytes` and calls `body` with the document's root, which must not leave `body`.
    ///
    /// - Throws: ``JSONSyntaxError`` for bytes that are not a JSON document; any error of `body`.
    public func parse<Result>(
        _ bytes: UnsafeRawBufferPointer, _ body: (JSONNode) throws -> Result
    ) throws -> Result {
        var tape: UnsafePointer<UInt64>?
        var strings: UnsafePointer<UInt8>?
        let code = csimdjson_parse(parser, bytes.baseAddress, bytes.count, &tape, &strings)
        guard code == 0, let tape, let strings else {
            guard !bytes.starts(with: [0xef, 0xbb, 0xbf]) else { throw JSONSyntaxError.byteOrderMark }
            let fault = JSONFault(in: bytes)
            let reason =
                fault?.isCutOff ?? false && !bytes.isEmpty
                ? "it ends before it is whole" : String(cString: csimdjson_message(code))
            throw JSONSyntaxError(reason: reason + ".", fault: fault)
        }
        // Slot 0 is the root marker; the document's value follows it.
        return try body(JSONNode(tape: tape, strings: UnsafeRawPointer(strings), index: 1))
    }

    /// Parses `bytes`, otherwise as the form that takes a pointer.
    public func parse<Result>(_ bytes: [UInt8], _ body: (JSONNode) throws -> Result) throws -> Result {
        try bytes.withUnsafeBytes { try parse($0, body) }
    }
}

extension JSONParser {
    /// Reads a body, which is one object, with `read`. `what` names the body at the beginning of a sentence: "The
    /// argument".
    ///
    /// - Throws: a ``Refusal``: `malformed` for bytes that are not a JSON document, `invalid` for a document that is no
    ///   object or has a member twice; any refusal of `read`.
    public func read<Value>(
        _ bytes: UnsafeRawBufferPointer, _ what: String, _ read: (JSONNode) throws(Refusal) -> Value
    ) throws(Refusal) -> Value {
        do {
            return try parse(bytes) { json in
                guard json.kind == .object else {
                    throw Refusal(.invalid, "\(what) is a JSON \(json.kind.rawValue); an object is expected.")
                }
                try json.requireEachMemberOnce()
                return try read(json)
            }
        } catch let refusal as Refusal {
            throw refusal
        } catch {
            throw Refusal(.malformed, "\(what) is not JSON: \(error)")
        }
    }
}

/// The error of bytes that are not a JSON document.
public struct JSONSyntaxError: Error, Equatable, CustomStringConvertible {
    /// The parser's reason, in words for people.
    public let reason: String
    /// The position of the fault; nil if there is none, as in a document that is too large.
    public let fault: JSONFault?

    fileprivate static let byteOrderMark = JSONSyntaxError(
        reason: "it begins with a byte order mark (U+FEFF); JSON is sent without one (RFC 8259, section 8.1).",
        fault: nil)

    public var description: String { fault.map { "line \($0.line), column \($0.column): \(reason)" } ?? reason }
}
