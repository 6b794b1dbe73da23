import ArgumentParser
import TocsinClient
import TocsinModel
import TocsinWire

/// The options of every command that uses the control endpoint.
struct ControlOptions: ParsableArguments {
    @OptionGroup(title: "Where the broker is") var endpoints: EndpointOptions

    @OptionGroup var waiting: WaitOption

    @Option(
        help: ArgumentHelp("How long to wait for the answer. (default: 5s)", valueName: "time"),
        transform: TimeSpan.init)
    var timeout = TimeSpan.seconds(5)

    @Flag(help: "Print the answer as it came, one JSON object.")
    var json = false

    /// Sends one command and returns the answer's JSON.
    func ask(_ command: CommandWord, _ arguments: [UInt8]? = nil) async throws -> [UInt8] {
        try await request().ask(command, arguments)
    }

    /// Returns the endpoint to ask and the time to wait.
    func request() throws -> ControlRequest {
        try ControlRequest(
            endpoint: endpoints.resolved().control, timeout: timeout.duration,
            options: try waiting.clientOptions(for: endpoints))
    }
}

/// One request to the control endpoint.
struct ControlRequest: Sendable {
    let endpoint: String
    let timeout: Duration
    var options = ClientOptions(absenceTimeout: WaitOption.usual)

    /// Sends one command and returns the answer's JSON.
    func ask(_ command: CommandWord, _ arguments: [UInt8]? = nil) async throws -> [UInt8] {
        try await session { try await $0.request(command, arguments: arguments, within: timeout) }
    }

    /// Opens a connection for the requests of `body`.
    ///
    /// - Throws: what `body` throws; a ``Failure`` that names the endpoint, where the broker is absent, no answer came in time,
    ///   or it is an endpoint for others.
    func session<Value: Sendable>(_ body: (Operator) async throws -> Value) async throws -> Value {
        let client = try Operator(endpoint: endpoint, options: options)
        do {
            try await client.reach()
            let answer = try await body(client)
            await client.close()
            return answer
        } catch ClientError.timedOut {
            await client.close()
            throw Failure(
                .unreachable,
                "The broker at \(endpoint) did not answer within \(Clock.duration(timeout)). Is it hung? "
                    + "'systemctl status tocsind' shows how it does.")
        } catch let error as ClientError {
            await client.close()
            if case .connection = error, await isShutOut {
                throw Failure(
                    .refused,
                    "The broker at \(endpoint) ended this connection before it had answered, and refuses this client's key "
                        + "now. What was asked for may have been done.", code: "shutOut")
            }
            throw Failure(error, at: endpoint, for: .control)
        } catch {
            await client.close()
            throw error
        }
    }

    /// True if the broker refuses this client's key, as far as can be found out soon.
    private var isShutOut: Bool {
        get async {
            guard options.keys != nil else { return false }
            var options = options
            options.absenceTimeout = WaitOption.usual
            do {
                // It is closed when nobody holds it any more.
                try await Operator(endpoint: endpoint, options: options).reach()
                return false
            } catch ClientError.unreachable(let absence) {
                return absence.reason == .keyRefused
            } catch {
                return false
            }
        }
    }
}

/// Reads the broker's answer, or another of its documents, with `body`, which must not let the node out.
///
/// - Throws: ``TocsinClient/ClientError/malformedAnswer(_:)``, naming the member that violates the protocol.
func readAnswer<Value>(
    _ bytes: [UInt8], _ body: (JSONNode) throws(Refusal) -> Value
) throws(ClientError) -> Value {
    let parser = JSONParser(maximumBytes: bytes.count)
    let answer = bytes.withUnsafeBytes { bytes in
        Result { () throws(Refusal) in try parser.read(bytes, "It", body) }
    }
    do {
        return try answer.get()
    } catch {
        throw .malformedAnswer(error.message)
    }
}

/// Returns a JSON object written by `body`.
func makeJSON(_ body: (inout JSONWriter) -> Void) -> [UInt8] {
    var json = JSONWriter()
    json.object(body)
    return json.bytes
}
