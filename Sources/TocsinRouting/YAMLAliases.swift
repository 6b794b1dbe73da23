import TocsinModel
import Yams

/// What aliases (`*name`) make of a YAML file: a few lines can stand for more values than there are atoms, and the reader
/// would walk them all.
struct YAMLAliases {
    /// The number of aliases by the text alone, at most one more than ``TocsinModel/Limits/yamlAliases``. An asterisk counts
    /// where a value may begin; one in a comment or in a quoted text may count, too.
    private(set) var count = 0
    /// The place of the last one counted.
    private(set) var line = 1, column = 0

    init(in yaml: String) {
        var mayBegin = true
        for byte in yaml.utf8 {
            // What follows the first byte of a character has no column.
            if byte & 0xC0 != 0x80 { column += 1 }
            switch byte {
            case UInt8(ascii: "*") where mayBegin:
                count += 1
                guard count <= Limits.yamlAliases else { return }
                mayBegin = false
            case UInt8(ascii: "\n"):
                (line, column, mayBegin) = (line + 1, 0, true)
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "["), UInt8(ascii: "{"),
                UInt8(ascii: ","):
                mayBegin = true
            default:
                mayBegin = false
            }
        }
    }

    /// Returns a node that is one too many when all aliases are followed; nil if there are no more than `rest`, which is
    /// counted down.
    static func node(in node: Node, beyond rest: inout Int) -> Node? {
        rest -= 1
        guard rest >= 0 else { return node }
        switch node {
        case .scalar, .alias: return nil
        case .sequence(let sequence):
            for element in sequence {
                if let found = Self.node(in: element, beyond: &rest) { return found }
            }
        case .mapping(let mapping):
            for (key, value) in mapping {
                if let found = Self.node(in: key, beyond: &rest) ?? Self.node(in: value, beyond: &rest) { return found }
            }
        }
        return nil
    }
}
