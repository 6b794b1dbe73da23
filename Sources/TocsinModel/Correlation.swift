/// How a rule tells which reports are of one happening: those that have the same values of some fields, within a time.
public struct Correlation: Hashable, Sendable {
    /// A field whose value must be the same.
    public enum Field: String, ReportWord {
        public static let table = WordTable(Field.self)

        case event, category, sender
        // The place of that size in which the report's place lies.
        case district, street, community, grid
    }

    /// The rule. What one rule's reports have in common says nothing of another's.
    public var rule: String
    /// The fields, each once, in their order here.
    public var fields: [Field]
    /// The time from the newest report of the happening on, in milliseconds.
    public var withinMilliseconds: Int64

    public init(rule: String, by fields: some Sequence<Field>, withinMilliseconds: Int64) {
        self.rule = rule
        self.fields = Field.allCases.filter(Set(fields).contains)
        self.withinMilliseconds = withinMilliseconds
    }

    /// The fields and the time for people: `event and grid within 10m`.
    public var words: String {
        let names = fields.map(\.rawValue)
        let last = names.suffix(1).joined()
        let list = names.count < 2 ? last : names.dropLast().joined(separator: ", ") + " and " + last
        let units: [(Int64, String)] = [(3_600_000, "h"), (60_000, "m"), (1000, "s")]
        let (size, unit) = units.first { withinMilliseconds % $0.0 == 0 } ?? (1, "ms")
        return "\(list) within \(withinMilliseconds / size)\(unit)"
    }
}

/// One key by which reports are found to be of one happening, and for how long.
public struct CorrelationKey: Hashable, Sendable {
    /// The status, the rule and the values, each on a line of its own; or the status, an empty line and the name of a
    /// happening. What is kept still, and what is of one place alone, has a mark behind it, with a control character that no
    /// name and no value has here. An exercise is never of one happening with what is so.
    public var text: String
    public var withinMilliseconds: Int64

    public init(_ text: String, withinMilliseconds: Int64) {
        self.text = text
        self.withinMilliseconds = withinMilliseconds
    }

    /// True if the report names the happening itself.
    public var isHappening: Bool { text.drop { $0 != "\n" }.hasPrefix("\n\n") }

    /// Returns the key of those reports alone that one silence keeps still.
    public func marked(asOf source: Silencing.Source) -> CorrelationKey {
        let name =
            switch source {
            case .silence(let number): "\(number)"
            case .window(let name): "-" + name.withoutControls
            }
        return CorrelationKey(text + "\n\u{1F}\(name)", withinMilliseconds: withinMilliseconds)
    }

    /// Returns the key of those reports of the happening alone that come from a place, where the happening's own incident lies
    /// elsewhere and their senders may report from there alone.
    public func marked(asOf place: GridCode) -> CorrelationKey {
        CorrelationKey(text + "\n\u{1E}\(place)", withinMilliseconds: withinMilliseconds)
    }

    public static func == (left: CorrelationKey, right: CorrelationKey) -> Bool {
        left.text.isIdentical(to: right.text) && left.withinMilliseconds == right.withinMilliseconds
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(bytesOf: text)
    }
}

extension Report {
    /// The keys of the happenings that the report names itself.
    public var happeningKeys: [CorrelationKey] {
        happenings.map {
            CorrelationKey(
                "\(status.rawValue)\n\n\($0.withoutControls)",
                withinMilliseconds: Int64(Limits.correlationHours) * 3_600_000)
        }
    }

    /// Returns the key by which a rule finds the report's happening, or nil if the report lacks one of the values.
    public func key(by correlation: Correlation) -> CorrelationKey? {
        var lines = [status.rawValue, correlation.rule.withoutControls]
        for field in correlation.fields {
            guard let value = value(of: field) else { return nil }
            lines.append(value.withoutControls)
        }
        return CorrelationKey(
            lines.joined(separator: "\n"), withinMilliseconds: correlation.withinMilliseconds)
    }

    /// Returns the fields by which a rule finds the report's happening and that the report does not have.
    public func lacking(for correlation: Correlation) -> [Correlation.Field] {
        correlation.fields.filter { value(of: $0) == nil }
    }

    private func value(of field: Correlation.Field) -> String? {
        switch field {
        case .event: event
        case .category: category.rawValue
        case .sender: name.sender
        case .district: grid?.enclosing(.district)?.description
        case .street: grid?.enclosing(.street)?.description
        case .community: grid?.enclosing(.community)?.description
        case .grid: grid?.enclosing(.grid)?.description
        }
    }
}

extension String {
    /// The text with control characters of ASCII and backslashes written as `\\n;`, `n` being the number. So two texts that
    /// differ do so still.
    fileprivate var withoutControls: String {
        func isPlain(_ byte: UInt8) -> Bool { byte >= 0x20 && byte != UInt8(ascii: "\\") }
        guard !utf8.allSatisfy(isPlain) else { return self }
        return unicodeScalars.reduce(into: "") { text, scalar in
            if scalar.isASCII, !isPlain(UInt8(scalar.value)) {
                text += "\\\(scalar.value);"
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
    }
}
