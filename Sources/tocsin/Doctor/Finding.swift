import TocsinModel

/// A finding of `tocsin doctor` about one subject: it is well, or something is to be done.
struct Finding: Hashable, Sendable {
    enum State: String, Hashable, Sendable {
        case ok
        /// Something is to be done.
        case todo
        /// It could not be looked at.
        case unknown
    }

    var state: State
    /// The subject, such as `disk`.
    var subject: String
    /// The finding in words.
    var text: String
    /// The advice for somebody who has to mend it.
    var advice: String?

    static func ok(_ subject: String, _ text: String) -> Finding {
        Finding(state: .ok, subject: subject, text: text)
    }

    static func todo(_ subject: String, _ text: String, _ advice: String) -> Finding {
        Finding(state: .todo, subject: subject, text: text, advice: advice)
    }

    static func unknown(_ subject: String, _ text: String, _ advice: String? = nil) -> Finding {
        Finding(state: .unknown, subject: subject, text: text, advice: advice)
    }

    /// `ok    disk     12 GB free on ext4`, and below it what to do.
    func lines(width: Int, style: Style) -> [String] {
        let mark =
            switch state {
            case .ok: style.good("ok   ")
            case .todo: style.bad("TO DO")
            case .unknown: style.warning("?    ")
            }
        let head = "\(mark)  \(subject.padded(to: 13))  "
        let indent = String(repeating: " ", count: 22)
        let room = max(20, width - 22)
        let found = text.wrapped(to: room)
        var lines = [head + (found.first ?? "")] + found.dropFirst().map { indent + $0 }
        if let advice { lines += "→ \(advice)".wrapped(to: room).map { indent + style.accent($0) } }
        return lines
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("state", state.rawValue)
            json.member("subject", subject)
            json.member("text", text)
            json.member("advice", ifPresent: advice)
        }
    }
}
