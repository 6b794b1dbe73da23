// A sequence keeps its terminal alive. A terminal that nothing else holds is closed when its sequences end.

extension Terminal {
    /// The most alerts in one batch.
    private static let batchLimit = 1024

    /// A terminal's alerts, one at a time.
    public struct Alerts: AsyncSequence, Sendable {
        public typealias Element = Alert
        public typealias Failure = ClientError

        let terminal: Terminal

        public func makeAsyncIterator() -> Iterator { Iterator(terminal: terminal) }

        public struct Iterator: AsyncIteratorProtocol {
            let terminal: Terminal
            /// The alert that the consumer was given last. The call for the next one says that the consumer has this
            /// one safely.
            private var inHand: AlertQueue.Arrival?

            init(terminal: Terminal) {
                self.terminal = terminal
            }

            public mutating func next() async throws(ClientError) -> Alert? {
                try await next(isolation: #isolation)
            }

            public mutating func next(isolation actor: isolated (any Actor)?) async throws(ClientError) -> Alert? {
                if let arrival = inHand.take() {
                    terminal.queue.receive(CollectionOfOne((arrival.recipient, arrival.alert.number)))
                }
                inHand = try await terminal.queue.next(isolation: actor)
                return inHand?.alert
            }
        }
    }

    /// A terminal's alerts, as many at a time as are waiting. A batch is never empty.
    public struct Batches: AsyncSequence, Sendable {
        public typealias Element = [Alert]
        public typealias Failure = ClientError

        let terminal: Terminal

        public func makeAsyncIterator() -> Iterator { Iterator(terminal: terminal) }

        public struct Iterator: AsyncIteratorProtocol {
            let terminal: Terminal
            /// The alerts that the consumer was given last.
            private var inHand: [AlertQueue.Arrival] = []

            init(terminal: Terminal) {
                self.terminal = terminal
            }

            public mutating func next() async throws(ClientError) -> [Alert]? {
                try await next(isolation: #isolation)
            }

            public mutating func next(isolation actor: isolated (any Actor)?) async throws(ClientError) -> [Alert]? {
                terminal.queue.receive(inHand.lazy.map { ($0.recipient, $0.alert.number) })
                inHand = []
                inHand = try await terminal.queue.nextBatch(limit: Terminal.batchLimit, isolation: actor) ?? []
                return inHand.isEmpty ? nil : inHand.map(\.alert)
            }
        }
    }
}
