import ArgumentParser
import TocsinClient
import TocsinModel

/// A report on the command line: as flags, or as a file of JSON.
struct ReportOptions: ParsableArguments {
    @Argument(
        help: "A file with one report as JSON, or - for standard input; flags override its members.",
        completion: .file(extensions: ["json"]))
    var file: String?

    @Option(help: ArgumentHelp("What happened, as a code or in words.", valueName: "text"))
    var event: String?

    @Option(help: ArgumentHelp("What kind of event it is.", valueName: "category"))
    var category: TocsinModel.Category?

    @Option(help: ArgumentHelp("How bad it is.", valueName: "severity"))
    var severity: Severity?

    @Option(
        help: ArgumentHelp(
            "When something must be done; Immediate unless said. A file must say it.", valueName: "urgency"))
    var urgency: Urgency?

    @Option(help: ArgumentHelp("How sure it is; Observed unless said. A file must say it.", valueName: "certainty"))
    var certainty: Certainty?

    @Option(help: ArgumentHelp("One line for those who are told.", valueName: "text"))
    var headline: String?

    @Option(help: ArgumentHelp("What more there is to say.", valueName: "text"))
    var description: String?

    @Option(help: ArgumentHelp("Where: a grid code of 15 digits, or 12, 9 or 6 for a larger place.", valueName: "code"))
    var grid: String?

    @Option(help: ArgumentHelp("Where, in words.", valueName: "text"))
    var place: String?

    @Option(help: ArgumentHelp("Where, in degrees: latitude,longitude.", valueName: "lat,lon"))
    var point: String?

    @Option(
        name: .customLong("parameter"),
        help: ArgumentHelp("Something that a rule may ask for; may be repeated.", valueName: "name=value"))
    var parameters: [String] = []

    @Option(
        help: ArgumentHelp(
            "Who reports; user@host unless said, or the one sender of this client's key.", valueName: "name"))
    var sender: String?

    @Option(help: ArgumentHelp("What names this report among the sender's; a new one unless said.", valueName: "name"))
    var identifier: String?

    @Option(
        help: ArgumentHelp(
            "When it was sent, with the offset: to send a report again as it was; now unless said.", valueName: "time"))
    var sent: String?

    @Option(help: ArgumentHelp("Whether it is meant in earnest; Actual unless said.", valueName: "status"))
    var status: ReportStatus?

    @Option(
        help: ArgumentHelp(
            "Make it an Update of an earlier report. May be repeated.",
            valueName: "sender,identifier,sent"))
    var update: [String] = []

    @Option(
        help: ArgumentHelp(
            "Make it a Cancel of an earlier report: its incident ends. May be repeated.",
            valueName: "sender,identifier,sent"))
    var cancel: [String] = []

    @Flag(help: "Take the file as it is: nothing is filled in, and what it lacks is refused.")
    var strict = false

    func validate() throws {
        let hasFlags =
            [event, headline, description, grid, place, point, sender, identifier, sent].contains { $0 != nil }
            || category != nil || severity != nil || urgency != nil || certainty != nil || status != nil
            || !parameters.isEmpty || !update.isEmpty || !cancel.isEmpty
        guard update.isEmpty || cancel.isEmpty else {
            throw ValidationError("A report is an Update or a Cancel; give --update or --cancel, not both.")
        }
        if file != nil {
            guard !strict || !hasFlags else {
                throw ValidationError("--strict takes the file as it is; leave the other flags out.")
            }
            return
        }
        guard !strict else { throw ValidationError("--strict goes with a file.") }
        let missing = [
            (event == nil, "--event"), (category == nil, "--category"), (severity == nil, "--severity"),
        ].filter(\.0).map(\.1)
        guard missing.isEmpty else {
            throw ValidationError(
                hasFlags
                    ? "A report needs \(missing.joined(separator: ", ")) too."
                    : "Give a report: a file, - for standard input, or --event, --category and --severity.")
        }
    }

    /// Returns the report as it is sent, checked as the broker checks it, except for its size.
    ///
    /// - Throws: a ``Failure`` `invalid` that names the field at fault, or line and column of a file that is not JSON.
    func prepared() throws -> PreparedReport {
        let source = file.map { $0 == "-" ? "standard input" : $0 } ?? "report"
        var filledIn: [String] = []
        let bytes: [UInt8]
        if let file {
            let text = try InputFile.read(file)
            try requireJSON(text, source)
            (bytes, filledIn) = strict ? (text, []) : try completed(text)
        } else {
            bytes = try draft().json()
        }
        do {
            // The broker has its own limit, which an operator may have raised.
            let decoder = ReportDecoder(maximumBytes: max(Limits().reportBytes, bytes.count))
            return PreparedReport(
                bytes: bytes, report: try decoder.decode(bytes), source: source, filledIn: filledIn)
        } catch {
            throw Failure(invalid: error, in: source)
        }
    }

    /// - Throws: a ``Failure`` with line and column; the decoder sees to all other faults.
    private func requireJSON(_ text: [UInt8], _ source: String) throws {
        guard !text.isEmpty else { return }
        do {
            try JSONParser(maximumBytes: text.count).parse(text) { _ in }
        } catch let error as JSONSyntaxError {
            let place = error.fault.map { ":\($0.line):\($0.column)" } ?? ""
            throw Failure(
                .invalid, "\(source)\(place): The report is not JSON: \(error.reason)",
                code: RefusalCode.malformed.rawValue)
        }
    }

    private func draft() throws -> ReportDraft {
        guard let event, let category, let severity else {
            throw Failure(.invalid, "report: --event, --category and --severity are required")
        }
        return ReportDraft(
            sender: sender ?? Environment.userAtHost, identifier: identifier, sent: try sentTime(), event: event,
            category: category,
            severity: severity, urgency: urgency ?? .immediate, certainty: certainty ?? .observed,
            status: status ?? .actual, messageType: messageType ?? .alert, references: try references(),
            headline: headline, description: description, grid: try gridCode(), areaDescription: place,
            point: try position(), parameters: try parameters.map(namedValue))
    }

    /// What `--update` and `--cancel` make of the report; nil without them.
    var messageType: MessageType? {
        if !update.isEmpty { return .update }
        return cancel.isEmpty ? nil : .cancel
    }

    /// The earlier reports, as CAP has them: with a space between.
    func references() throws -> String? {
        guard let messageType else { return nil }
        return try (update + cancel).map { text in
            let parts = text.split(separator: ",", omittingEmptySubsequences: false)
            guard parts.count == 3, !parts.contains(where: { $0.isEmpty || $0.contains(where: \.isWhitespace) }),
                Timestamp(String(parts[2])) != nil
            else {
                throw Failure(
                    .invalid,
                    "report: --\(messageType.rawValue.lowercased()) '\(text.shortened)' is not SENDER,IDENTIFIER,SENT of an "
                        + "earlier report, such as handheld-7,r-0017,2026-11-23T08:10:00+08:00 (field references)",
                    field: "references")
            }
            return text
        }.joined(separator: " ")
    }

    func sentTime() throws -> Timestamp? {
        guard let sent else { return nil }
        guard let time = Timestamp(sent) else {
            throw Failure(
                .invalid,
                "report: --sent '\(sent.shortened)' is not a time with its offset, such as 2026-11-23T08:10:00+08:00 "
                    + "(field sent)", field: "sent")
        }
        return time
    }

    func gridCode() throws -> GridCode? {
        guard let grid else { return nil }
        guard let code = GridCode(grid) else {
            throw Failure(
                .invalid,
                "report: --grid '\(grid.shortened)' is not a grid code: 15 digits, or 12, 9 or 6 for a larger place, "
                    + "not 0 first (field area.grid)", field: "area.grid")
        }
        return code
    }

    func position() throws -> Point? {
        guard let point else { return nil }
        let parts = point.split(separator: ",", omittingEmptySubsequences: false).map {
            Double($0.drop { $0 == " " })
        }
        guard parts.count == 2, let latitude = parts[0], let longitude = parts[1],
            let position = Point(latitude: latitude, longitude: longitude)
        else {
            throw Failure(
                .invalid,
                "report: --point '\(point.shortened)' is not latitude,longitude in degrees, such as 39.92,116.41: "
                    + "-90 to 90 and -180 to 180 (field area.point)", field: "area.point")
        }
        return position
    }

    func namedValue(_ text: String) throws -> Report.NamedValue {
        guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
            throw Failure(
                .invalid, "report: --parameter '\(text.shortened)' is not name=value (field parameter)",
                field: "parameter")
        }
        return Report.NamedValue(name: String(text[..<equals]), value: String(text[text.index(after: equals)...]))
    }
}
