import Dispatch
import Glibc

/// Signals as values, for commands that have to clean up before they end.
enum Signals {
    /// Returns a stream of the signals that ask a program to end. From now on they have no other effect.
    static func ending() -> AsyncStream<Int32> {
        let (stream, continuation) = AsyncStream.makeStream(of: Int32.self, bufferingPolicy: .bufferingNewest(4))
        let watches = [SIGINT, SIGTERM, SIGHUP].map { number in
            Watch(number) { continuation.yield(number) }
        }
        continuation.onTermination = { _ in
            for watch in watches { watch.cancel() }
        }
        return stream
    }
}

/// Watches one signal until it is cancelled.
///
/// `@unchecked Sendable`: the source is never changed after `init`. libdispatch's objects may be cancelled from any
/// thread (dispatch_source_cancel(3)).
private final class Watch: @unchecked Sendable {
    private let source: any DispatchSourceSignal

    init(_ number: Int32, _ body: @escaping @Sendable () -> Void) {
        // libdispatch sees a signal, but does not stop its usual effect.
        signal(number, SIG_IGN)
        source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        source.setEventHandler(handler: body)
        source.resume()
    }

    func cancel() { source.cancel() }
}
