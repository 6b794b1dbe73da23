import TocsinClient
import TocsinModel
import TocsinWire

/// Checks that the broker is reached at each of its endpoints, and asks it how it does.
struct BrokerCheck {
    private static let patience = Duration.seconds(5)

    let endpoints: Endpoints
    let feed: String
    /// The keys to come with; nil where none are given.
    let keys: ClientKeys?

    /// The broker's answer to INFO.
    func status() async -> Result<BrokerStatus, Failure> {
        do {
            let answer = try await ControlRequest(
                endpoint: endpoints.control, timeout: Self.patience,
                options: ClientOptions(absenceTimeout: WaitOption.usual, keys: keys)
            ).ask(.info)
            return .success(try readAnswer(answer, BrokerStatus.init(json:)))
        } catch let failure as Failure {
            return .failure(failure)
        } catch {
            return .failure(Failure(.refused, "\(error)"))
        }
    }

    func findings(_ status: Result<BrokerStatus, Failure>) async -> [Finding] {
        var findings: [Finding] = []
        switch status {
        case .success(let status):
            findings.append(.ok("control", "\(endpoints.control), process \(status.processID)"))
            findings += [journal(status), Self.rules(status)]
            if let kept = status.kept { findings.append(.ok("kept", kept.words)) }
        case .failure(let failure): findings.append(control(failure))
        }
        findings.append(
            await finding("reports", endpoints.reports, .reports) { options in
                let reporter = try Reporter(endpoint: endpoints.reports, options: options)
                try await reporter.reach()
                await reporter.close()
            })
        findings.append(
            await finding("alerts", endpoints.alerts, .alerts) { options in
                // Any client is let in at this endpoint; to join would be to take somebody's alerts.
                let client = try Operator(endpoint: endpoints.alerts, options: options)
                try await client.reach()
                await client.close()
            })
        findings.append(
            await finding("feed", feed, .feed) { options in
                let feed = try Feed(endpoint: feed, prefixes: ["-"], options: options)
                defer { feed.close() }
                for try await event in feed.events where event == .connected { return }
            })
        return findings
    }

    /// What it means that the broker has not answered. One that asks for a key is there.
    private func control(_ failure: Failure) -> Finding {
        switch (failure.code, failure.status) {
        case ("keysDemanded", _), ("keyRefused", _), (RefusalCode.notPermitted.rawValue, .refused):
            .unknown("control", "\(endpoints.control): \(failure.description)", Self.askForMore)
        default: .todo("control", endpoints.control, failure.description)
        }
    }

    private static let askForMore =
        "Come with the key of a client that may operate, with --key and --broker-key, to see how the broker does."

    private func journal(_ status: BrokerStatus) -> Finding {
        status.isJournalAvailable
            ? .ok("journal", "\(status.journalPath) is written")
            : .todo("journal", "\(status.journalPath) cannot be written", "The log says why: 'journalctl -u tocsind'.")
    }

    /// Compares the rules in force with those of the files.
    static func rules(_ status: BrokerStatus) -> Finding {
        guard !status.rulesAreFromJournal, status.fileProblemCount == 0 else {
            return .todo(
                "rules",
                status.rulesAreFromJournal
                    ? "the last good rules are in force, for the files are refused"
                    : "the files were refused when they were read again",
                "'tocsin check' names what is wrong; then 'tocsin reload'.")
        }
        let (count, file) = (counted(status.ruleCount, "rule"), status.ruleFile)
        return .ok("rules", "\(count) of \(file), loaded \(Clock.date(status.rulesLoadedAt))")
    }

    private func finding(
        _ subject: String, _ endpoint: String, _ purpose: EndpointPurpose, _ reach: (ClientOptions) async throws -> Void
    ) async -> Finding {
        do {
            try await reach(ClientOptions(absenceTimeout: WaitOption.usual, keys: keys))
            return .ok(subject, endpoint)
        } catch ClientError.unreachable(let absence) where absence.reason == .keysDemanded {
            return .ok(subject, "\(endpoint), for those with a key")
        } catch ClientError.unreachable(let absence) where absence.reason == .keyRefused {
            return .unknown(subject, endpoint, absence.words(purpose))
        } catch let error as ClientError {
            return .todo(subject, endpoint, Failure(error, at: endpoint, for: purpose).description)
        } catch {
            return .todo(subject, endpoint, "\(error)")
        }
    }
}
