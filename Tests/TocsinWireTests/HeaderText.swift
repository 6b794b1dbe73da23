import TocsinModel
import TocsinWire

func reports(_ header: String) throws(CommandFailure) -> ReportsCommand {
    try read(Array(header.utf8)) { (bytes) throws(CommandFailure) in try ReportsCommand(header: bytes) }
}

func alerts(_ header: String) throws(CommandFailure) -> AlertsCommand {
    try read(Array(header.utf8)) { (bytes) throws(CommandFailure) in try AlertsCommand(header: bytes) }
}

func control(_ header: String) throws(CommandFailure) -> ControlCommand {
    try read(Array(header.utf8)) { (bytes) throws(CommandFailure) in try ControlCommand(header: bytes) }
}

func read<Command>(
    _ bytes: [UInt8], _ command: (UnsafeRawBufferPointer) throws(CommandFailure) -> Command
) throws(CommandFailure) -> Command {
    try bytes.withUnsafeBytes { bytes in Result { () throws(CommandFailure) in try command(bytes) } }.get()
}

/// What reading ends with; nil when it succeeds.
func failure<Command>(_ read: () throws(CommandFailure) -> Command) -> CommandFailure? {
    do {
        _ = try read()
        return nil
    } catch {
        return error
    }
}
