import Foundation

/// A JSON value as Foundation reads it, which knows nothing of the broker's own writer.
struct JSON: CustomStringConvertible {
    private let value: Any?

    init(_ bytes: [UInt8]) throws {
        value = try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
    }

    private init(_ value: Any?) {
        self.value = value
    }

    subscript(name: String) -> JSON { JSON((value as? [String: Any])?[name]) }

    subscript(index: Int) -> JSON { JSON(list.indices.contains(index) ? list[index].value : nil) }

    var text: String? { value as? String }
    var number: Int? { value as? Int }
    var flag: Bool? { value as? Bool }
    var list: [JSON] { (value as? [Any] ?? []).map { JSON($0) } }
    var names: Set<String> { Set((value as? [String: Any] ?? [:]).keys) }
    var isMissing: Bool { value == nil }

    var description: String { value.map { "\($0)" } ?? "nothing" }
}
