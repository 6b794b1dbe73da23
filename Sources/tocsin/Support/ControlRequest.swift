import ArgumentParser
import TocsinClient
import TocsinModel
import TocsinWire

/// What every command has that asks the control endpoint.
struct ControlOptions: ParsableArguments {
    @OptionGroup(title: "Where the broker is") var endpoints: EndpointOptions

    @Option(help: ArgumentHelp("How long to wait for the answer.", valueName: "time"))
    var timeout = TimeSpan.seconds(5)

    @Flag(help: "Print the answer as it came, one JSON object.")
    var json = false

    /// Asks once and answers the JSON that came.
    func ask(_ command: CommandWord, _ arguments: [UInt8]? = nil) async throws -> [UInt8] {
        try await ControlRequest(endpoint: endpoints.resolved().control, timeout: timeout.duration)
            .ask(command, arguments)
    }
}

/// One request to the control endpoint.
struct ControlRequest: Sendable {
    let endpoint: String
    let timeout: Duration

    func ask(_ command: CommandWord, _ arguments: [UInt8]? = nil) async throws -> [UInt8] {
        let client = try Operator(endpoint: endpoint)
        do {
            let answer = try await client.request(command, arguments: arguments, within: timeout)
            await client.close()
            return answer
        } catch ClientError.timedOut {
            await client.close()
            throw Failure(
                .unreachable,
                "No broker answered at \(endpoint) within \(Clock.duration(timeout)). Is tocsind running, and is "
                    + "--control right?")
        } catch {
            await client.close()
            throw error
        }
    }
}

/// Reads a JSON document with `body`, which must not let the node out.
///
/// - Throws: a ``Failure`` `refused` where the broker's answer is not JSON.
func readJSON<Value>(_ bytes: [UInt8], _ body: (JSONNode) throws -> Value) throws -> Value {
    do {
        return try JSONParser(maximumBytes: max(bytes.count, 64)).parse(bytes, body)
    } catch let error as JSONSyntaxError {
        throw Failure(.refused, "The broker's answer cannot be read: \(error)")
    }
}

/// A JSON object written by `body`.
func makeJSON(_ body: (inout JSONWriter) -> Void) -> [UInt8] {
    var json = JSONWriter()
    json.object(body)
    return json.bytes
}
