import TocsinClient
import TocsinModel
import TocsinWire

/// An interactive terminal. It brings alerts, keys and answers to the board one after the other, and draws it.
struct BoardSession: Sendable {
    /// Anything that can change the board.
    private enum Happening: Sendable {
        case alert(Alert)
        case event(TerminalEvent)
        case key(Key)
        case confirmed(Alert, Result<AlertState, any Error>, by: String)
        /// A second has passed, and with it perhaps a deadline.
        case tick
        case end((any Error)?)
    }

    let terminal: Terminal
    let title: String

    func run() async throws {
        let (happenings, sink) = AsyncStream.makeStream(of: Happening.self)
        guard let keyboard = Keyboard({ sink.yield(.key($0)) }) else {
            throw Failure(.invalid, "standard input is not a terminal; --plain prints the alerts")
        }
        defer {
            Screen.end()
            keyboard.restore()
        }
        try Screen.begin()
        let (drawn, drawing) = AsyncStream.makeStream(of: Void.self)
        let sources = [
            Task { await passAlerts(to: sink, eachAfter: drawn) }, Task { await passEvents(to: sink) },
            Task {
                for await _ in Signals.ending() { sink.yield(.end(nil)) }
            },
            Task {
                while true {
                    try await Task.sleep(for: .seconds(1))
                    sink.yield(.tick)
                }
            },
        ]
        defer {
            for source in sources { source.cancel() }
        }
        defer { drawing.finish() }
        try await show(happenings, sink, drawing)
    }

    private func show(
        _ happenings: AsyncStream<Happening>, _ sink: AsyncStream<Happening>.Continuation,
        _ drawing: AsyncStream<Void>.Continuation
    ) async throws {
        var board = AlertBoard()
        try draw(board)
        for await happening in happenings {
            switch happening {
            case .alert(let alert):
                board.add(alert)
                try draw(board)
                // The tocsin's bell.
                if alert.needsAnswer { try Console.text("\u{07}") }
                drawing.yield()
                continue
            case .event(let event): board.apply(event)
            case .confirmed(let alert, let result, let person): board.confirm(alert, result, by: person)
            case .tick: break
            case .end(let error):
                if let error { throw error }
                return
            case .key(let key):
                switch board.press(key) {
                case .quit: return
                case .say(let alert, let word, let person, let note):
                    say(alert, word, by: person, note: note, sink)
                case nil: break
                }
            }
            try draw(board)
        }
    }

    private func draw(_ board: AlertBoard) throws {
        let size = Screen.size
        try Screen.draw(
            board.lines(width: size.width, height: size.height, title: title, style: .output, now: Clock.now))
    }

    /// Passes alerts on, each when the one before is on the screen. The terminal then says RECEIVED of that one, and of
    /// none that was never drawn.
    private func passAlerts(
        to sink: AsyncStream<Happening>.Continuation, eachAfter drawn: AsyncStream<Void>
    ) async {
        var drawn = drawn.makeAsyncIterator()
        do {
            for try await alert in terminal.alerts {
                sink.yield(.alert(alert))
                guard await drawn.next() != nil else { return }
            }
            sink.yield(.end(nil))
        } catch {
            sink.yield(.end(error))
        }
    }

    private func passEvents(to sink: AsyncStream<Happening>.Continuation) async {
        for await event in terminal.events { sink.yield(.event(event)) }
    }

    /// Sends a person's word without making the screen wait for the broker.
    private func say(
        _ alert: Alert, _ word: AlertBoard.Word, by person: String, note: String?,
        _ sink: AsyncStream<Happening>.Continuation
    ) {
        Task {
            do {
                let state =
                    switch word {
                    case .acknowledge: try await terminal.acknowledge(alert, by: person, note: note)
                    case .decline: try await terminal.decline(alert, by: person, reason: note)
                    case .status(let state): try await terminal.status(alert, state, by: person, note: note)
                    }
                sink.yield(.confirmed(alert, .success(state), by: person))
            } catch {
                sink.yield(.confirmed(alert, .failure(error), by: person))
            }
        }
    }
}
