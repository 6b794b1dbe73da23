import ArgumentParser
import TocsinRouting

/// Finds faults of a command line that the parser would misunderstand or pass over.
enum CommandLineCheck {
    /// Flags that may be given several times.
    private static let repeatable: Set<String> = ["--parameter", "--leader", "--update", "--cancel"]

    /// - Throws: a `ValidationError` for a command that does not exist, and for a flag that is given twice.
    static func check(_ words: some Sequence<String>, commands: [String]) throws {
        let words = words.prefix { $0 != "--" }
        try checkCommand(words, commands + ["help"])
        var seen: Set<Substring> = []
        for word in words where word.hasPrefix("--") {
            let flag = word.prefix { $0 != "=" }
            guard repeatable.contains(String(flag)) || seen.insert(flag).inserted else {
                throw ValidationError("\(flag) is given twice; it may be there once.")
            }
        }
    }

    private static func checkCommand(_ words: [String], _ commands: [String]) throws {
        let asked = words.first == "help" ? words.dropFirst() : words[...]
        // Without a command the flags are those of `tocsin` itself.
        guard let command = asked.first, !command.hasPrefix("-"), !commands.contains(command) else { return }
        throw ValidationError(Suggestion.sentence(command, isNot: "a command", valid: commands))
    }
}
