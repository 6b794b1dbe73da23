import TocsinAccess
public import TocsinJournal
public import TocsinModel
import TocsinRouting

/// What a reload has changed: which files, and which clients.
public struct RulesChange: Sendable {
    /// True for the first rules of a journal.
    public let isFirst: Bool
    /// The files with another text: `rules`, `departments`, `grids`, `clients`, `holidays`, `duty`.
    public private(set) var files: [String] = []
    /// The clients that came, went, or may do something else or with another key; nil where this version cannot read them.
    public private(set) var clients: (added: [String], removed: [String], changed: [String])? = ([], [], [])

    /// - Parameters:
    ///   - before: the rules that were in force; nil for none.
    ///   - now: those that are in force then.
    public init(from before: RuleTexts?, to now: RuleTexts) {
        isFirst = before == nil
        let former = before ?? RuleTexts(rules: "")
        for (name, text) in [
            ("rules", \RuleTexts.rules), ("departments", \.departments), ("grids", \.grids), ("clients", \.clients),
            ("holidays", \.holidays), ("duty", \.duty),
        ] where former[keyPath: text] != now[keyPath: text] { files.append(name) }
        guard files.contains("clients") else { return }
        guard let (old, new) = Self.both(former, now) else {
            clients = nil
            return
        }
        clients = (
            added: new.keys.filter { old[$0] == nil }.sorted(), removed: old.keys.filter { new[$0] == nil }.sorted(),
            changed: new.keys.filter { name in old[name].map { $0 != new[name] } ?? false }.sorted()
        )
    }

    private static func both(_ former: RuleTexts, _ now: RuleTexts) -> ([String: Facts], [String: Facts])? {
        guard let old = facts(former), let new = facts(now) else { return nil }
        return (old, new)
    }

    /// What a client's entry says, wherever it stands.
    private struct Facts: Equatable {
        let key: PublicKey
        let rights: Rights
        let until: Timestamp?
    }

    private static func facts(_ texts: RuleTexts) -> [String: Facts]? {
        guard !texts.clients.isEmpty else { return [:] }
        guard
            let directory = try? Directory(
                departments: texts.departments, departmentsFile: "", grids: texts.grids.isEmpty ? nil : texts.grids,
                gridsFile: ""),
            let list = try? ClientList(yaml: texts.clients, file: "", directory: directory, now: nil)
        else { return nil }
        return Dictionary(
            list.principals.map { ($0.name.text, Facts(key: $0.key, rights: $0.rights, until: $0.until)) }
        ) { $1 }
    }

    /// Writes the members `files`, `clients` where that file has changed and can be read, and `isFirst` where it is so.
    func write(to json: inout JSONWriter) {
        if isFirst { json.member("isFirst", true) }
        json.array("files") { json in for file in files { json.string(file) } }
        guard files.contains("clients"), let clients else { return }
        json.object("clients") { json in
            json.array("added") { json in for name in clients.added { json.string(name) } }
            json.array("removed") { json in for name in clients.removed { json.string(name) } }
            json.array("changed") { json in for name in clients.changed { json.string(name) } }
        }
    }

    /// Reads what ``write(to:)`` has written; nil where there is nothing of it.
    public init?(json: JSONNode) throws(Refusal) {
        guard let files: [String] = try json.member(ifPresent: "files") else { return nil }
        self.files = files
        isFirst = try json.member(ifPresent: "isFirst") ?? false
        guard files.contains("clients") else { return }
        let node: JSONNode? = try json.member(ifPresent: "clients")
        clients = try node.map { (node) throws(Refusal) in
            (try node.member("added"), try node.member("removed"), try node.member("changed"))
        }
    }
}
