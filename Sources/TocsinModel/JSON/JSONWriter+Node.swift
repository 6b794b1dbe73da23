extension JSONWriter {
    /// Writes a value that has been read, without spaces. Strings get the escapes that they need and no others, and
    /// names and values come in the document's order.
    public mutating func value(_ node: JSONNode) {
        switch node.kind {
        case .object:
            object { json in
                node.forEachMember { name, value in
                    json.key(escaping: String(decoding: name, as: UTF8.self))
                    json.value(value)
                }
            }
        case .array:
            array { json in
                node.forEachElement { json.value($0) }
            }
        case .string: string(node.string ?? "")
        case .number: if let whole = node.integer { integer(whole) } else { double(node.double ?? 0) }
        case .boolean: boolean(node.boolean ?? false)
        case .null: null()
        }
    }
}
