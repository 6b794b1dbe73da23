import Foundation

/// Runs libFuzzer over a target: `fuzz TARGET [what libFuzzer takes]`. `fuzz TARGET --corpus FOLDER` writes the target's good
/// inputs into a folder. See `.ci/fuzz`.
@main enum LibFuzzer {
    /// What the target is read by: libFuzzer calls a function that has no place for it.
    ///
    /// It is set before the first call, and libFuzzer has one thread.
    nonisolated(unsafe) fileprivate static var read: FuzzTarget.Reader = { _ in false }

    static func main() throws {
        guard CommandLine.arguments.count > 1,
            let target = FuzzTarget.all.first(where: { $0.name == CommandLine.arguments[1] })
        else {
            print(FuzzTarget.all.map(\.name).joined(separator: "\n"))
            exit(64)
        }
        if CommandLine.arguments.count == 4, CommandLine.arguments[2] == "--corpus" {
            let folder = URL(fileURLWithPath: CommandLine.arguments[3])
            for (number, input) in target.corpus.enumerated() {
                try Data(input).write(to: folder.appendingPathComponent("good-\(number)"))
            }
            return
        }
        read = try target.makeReader()
        // The target's name stands where libFuzzer expects the program's.
        var count = CommandLine.argc - 1
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?> = CommandLine.unsafeArgv + 1
        exit(runDriver(&count, &arguments, readOne))
    }
}

/// What libFuzzer's own main would call, had it not to be told of the target first.
@_cdecl("LLVMFuzzerTestOneInput")
func readOne(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    do {
        _ = try LibFuzzer.read(UnsafeRawBufferPointer(start: start, count: count))
    } catch {
        fatalError("\(error)")
    }
    return 0
}

/// libFuzzer as a library: https://llvm.org/docs/LibFuzzer.html#using-libfuzzer-as-a-library
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ read: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt
