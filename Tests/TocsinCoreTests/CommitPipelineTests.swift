import Testing
import TocsinJournal
import TocsinModel
import TocsinWire

@testable import TocsinCore

/// Each transition of what happens around the journal, without a journal.
struct CommitPipelineTests {
    @Test func `what was promised is released when its record is on disk, and not before`() throws {
        var bench = try Bench()
        bench.report("r-1")
        #expect(bench.steps() == ["append 1"])
        #expect(bench.steps() == [])
        bench.pipeline.appended()
        #expect(bench.steps() == ["release receipt"])
        #expect(bench.pipeline.isDrained == true)
    }

    @Test func `one commit is written at a time, and what comes meanwhile is the next one`() throws {
        var bench = try Bench()
        bench.report("r-1")
        #expect(bench.steps() == ["append 1"])
        bench.report("r-2")
        bench.report("r-3")
        #expect(bench.steps() == [])
        bench.pipeline.appended()
        // The disk works while the first one's outputs are sent.
        #expect(bench.steps() == ["append 2-3", "release receipt"])
        bench.pipeline.appended()
        #expect(bench.steps() == ["release receipt receipt"])
    }

    @Test func `what rests on no record is released at once, but not before what came earlier`() throws {
        var bench = try Bench()
        bench.ping()
        #expect(bench.steps() == ["release pong-x"])
        bench.report("r-1")
        #expect(bench.steps() == ["append 1"])
        bench.ping()
        #expect(bench.steps() == [])
        bench.pipeline.appended()
        #expect(bench.steps() == ["release receipt", "release pong-x"])
    }

    @Test func `a record that nobody waits for waits for company, and no longer than it may`() throws {
        var bench = try Bench(gatherReceived: .zero)
        try bench.joinAndReceive()
        #expect(bench.steps() == [])
        #expect(bench.pipeline.nextTime(now: bench.now.uptime) == bench.now.uptime + CommitPipeline.laziness)
        bench.pass(CommitPipeline.laziness)
        #expect(bench.steps() == ["append 2"])
    }

    @Test func `nothing waits for company once a drain is asked for`() throws {
        var bench = try Bench(gatherReceived: .zero)
        try bench.joinAndReceive()
        bench.pipeline.drain()
        #expect(bench.pipeline.isDrained == false)
        #expect(bench.steps() == ["append 2"])
        bench.pipeline.appended()
        #expect(bench.steps() == [])
        #expect(bench.pipeline.isDrained == true)
    }

    @Test func `a failure refuses whoever waits, in the commit that was written and in the next`() throws {
        var bench = try Bench()
        bench.report("r-1")
        #expect(bench.steps() == ["append 1"])
        bench.report("r-2")
        bench.ping()
        bench.event { pipeline, turn in #expect(pipeline.failed(into: &turn) == true) }
        #expect(bench.refusals == ["r-1 unavailable", "r-2 unavailable"])
        #expect(bench.pipeline.broker.standing == .recovering)
        #expect(bench.steps() == ["reopen", "release pong-x"])
        #expect(bench.pipeline.isDrained == true)
    }

    @Test func `a failure answers what was written before what was gathered`() throws {
        var bench = try Bench()
        bench.report("r-1")
        bench.ping("first")
        #expect(bench.steps() == ["append 1"])
        bench.ping("second")
        bench.event { pipeline, turn in #expect(pipeline.failed(into: &turn) == true) }
        #expect(bench.steps() == ["reopen", "release pong-first pong-second"])
    }

    @Test func `a second failure of what has failed already is not another one`() throws {
        var bench = try Bench()
        bench.event { pipeline, turn in #expect(pipeline.failed(into: &turn) == true) }
        #expect(bench.steps() == ["reopen"])
        bench.event { pipeline, turn in #expect(pipeline.failed(into: &turn) == false) }
        #expect(bench.steps() == [])
    }

    @Test func `whoever is fenced refuses whoever waits, and opens nothing again`() throws {
        var bench = try Bench()
        bench.report("r-1")
        #expect(bench.steps() == ["append 1"])
        bench.event { pipeline, turn in #expect(pipeline.fenced(into: &turn) == true) }
        #expect(bench.refusals == ["r-1 unavailable"])
        #expect(bench.pipeline.isFenced == true)
        #expect(bench.pipeline.broker.standing == .recovering)
        for _ in 0..<3 {
            bench.pass(10_000)
            #expect(bench.steps() == [])
            bench.event { pipeline, turn in #expect(pipeline.fenced(into: &turn) == false) }
            bench.event { pipeline, turn in #expect(pipeline.failed(into: &turn) == false) }
        }
        bench.report("r-2")
        #expect(bench.refusals == ["r-1 unavailable", "r-2 unavailable"])
        #expect(bench.pipeline.isDrained == true)
    }

    @Test func `a large commit is written in parts, and released after the last one`() throws {
        var bench = try Bench()
        let large = Limits.bytesPerAppend / 3
        bench.report("r-1")
        #expect(bench.steps() == ["append 1"])
        for number in 2...9 { bench.report("r-\(number)", bytes: number == 7 ? 4 * large : large) }
        bench.pipeline.appended()
        #expect(bench.steps() == ["append 2-3", "release receipt"])
        bench.pipeline.appended()
        #expect(bench.pipeline.isDrained == false)
        #expect(bench.pipeline.nextTime(now: bench.now.uptime) == bench.now.uptime)
        #expect(bench.steps() == ["append 4-5"])
        // What comes meanwhile is not a part of it.
        bench.report("r-10")
        for part in ["append 6", "append 7", "append 8-9"] {
            bench.pipeline.appended()
            #expect(bench.steps() == [part])
        }
        bench.pipeline.appended()
        #expect(bench.pipeline.committedPosition == Position(9))
        #expect(
            bench.steps() == ["append 10", "release " + Array(repeating: "receipt", count: 8).joined(separator: " ")])
    }

    @Test func `a failure between two parts refuses all that wait for the commit`() throws {
        var bench = try Bench()
        for number in 1...4 { bench.report("r-\(number)", bytes: Limits.bytesPerAppend / 2) }
        #expect(bench.steps() == ["append 1"])
        bench.pipeline.appended()
        bench.event { pipeline, turn in #expect(pipeline.failed(into: &turn) == true) }
        #expect(bench.refusals == (1...4).map { "r-\($0) unavailable" })
        #expect(bench.steps() == ["reopen"])
    }

    @Test func `a journal that cannot be opened is opened again a second later, however often`() throws {
        var bench = try Bench()
        bench.event { pipeline, turn in _ = pipeline.failed(into: &turn) }
        for _ in 0..<3 {
            #expect(bench.steps() == ["reopen"])
            bench.pipeline.notReopened(now: bench.now.uptime)
            #expect(bench.steps() == [])
            #expect(bench.pipeline.nextTime(now: bench.now.uptime) == bench.now.uptime + 1000)
            bench.pass(1000)
        }
    }

    @Test func `after a failure it takes no records before a probe has succeeded`() throws {
        var bench = try Bench()
        bench.event { pipeline, turn in _ = pipeline.failed(into: &turn) }
        #expect(bench.steps() == ["reopen"])
        try bench.reopen()
        #expect(bench.pipeline.broker.standing == .refusing)
        bench.report("r-1")
        #expect(bench.refusals == ["r-1 unavailable"])
        #expect(bench.steps() == [])
        bench.pass(1000)
        #expect(bench.steps() == ["probe"])
        bench.pipeline.foundNoRoom(now: bench.now.uptime)
        #expect(bench.steps() == [])
        bench.pass(1000)
        #expect(bench.steps() == ["probe"])
        bench.event { pipeline, turn in pipeline.probed(into: &turn) }
        #expect(bench.pipeline.broker.standing == .serving)
        // The record of the rules in force was never on this disk.
        bench.pass(CommitPipeline.laziness)
        #expect(bench.steps() == ["append 1"])
    }

    @Test func `a probe that fails otherwise has the journal read again`() throws {
        var bench = try Bench()
        bench.event { pipeline, turn in _ = pipeline.failed(into: &turn) }
        #expect(bench.steps() == ["reopen"])
        try bench.reopen()
        bench.pass(1000)
        #expect(bench.steps() == ["probe"])
        // The operator has been told.
        bench.event { pipeline, turn in #expect(pipeline.failed(into: &turn) == false) }
        #expect(bench.steps() == ["reopen"])
    }

    @Test func `a snapshot is kept once what it says is on disk, and is dropped with the state`() throws {
        var bench = try Bench(snapshotInterval: 2)
        for number in 1...2 { bench.report("r-\(number)") }
        #expect(bench.steps() == ["append 1-2"])
        bench.pipeline.appended()
        #expect(bench.steps() == ["release receipt receipt"])
        bench.pass(0)
        bench.pass(0)
        #expect(bench.steps() == ["keep 2"])
        #expect(bench.steps() == [])
        for number in 3...4 { bench.report("r-\(number)") }
        bench.pass(0)
        bench.pass(0)
        // What it says is not on disk.
        #expect(bench.steps() == ["append 3-4"])
        bench.event { pipeline, turn in _ = pipeline.failed(into: &turn) }
        #expect(bench.steps() == ["reopen"])
        try bench.reopen()
        #expect(bench.pipeline.lastSnapshot() == nil)
    }
}

/// A pipeline and nothing else: what it answers is written down in words.
struct Bench: ~Copyable {
    var pipeline: CommitPipeline
    var now = Moment(wall: Timestamp(milliseconds: 1_795_392_600_000), uptime: 1_000_000)
    private(set) var refusals: [String] = []
    private(set) var ends: [ReloadEnd] = []

    init(gatherReceived: Duration = .milliseconds(20), snapshotInterval: Int64 = 1000) throws {
        var settings = BrokerSettings()
        settings.gatherReceived = gatherReceived
        let files = try Self.files(Scene.rules)
        pipeline = CommitPipeline(
            recovered: Broker(rules: files.rules, directory: files.directory, settings: settings),
            snapshotPosition: .zero, files: files, snapshotInterval: snapshotInterval)
    }

    static func files(_ text: String) throws -> RuleFiles {
        RuleFiles(
            rules: try Scene.ruleset(text), directory: try Scene.directory(), texts: RuleTexts(rules: text),
            loadedAt: Timestamp(milliseconds: 0))
    }

    /// One turn of something that happens.
    mutating func event(_ body: (inout CommitPipeline, inout Turn) throws -> Void) rethrows {
        var turn = pipeline.beginTurn(now: now, feedIsWatched: false)
        try body(&pipeline, &turn)
        if let end = pipeline.passTime(into: &turn, isRead: true) { ends.append(end) }
        for output in pipeline.endTurn(turn) {
            guard case .refused(_, _, let subject, let refusal, _, _) = output else { continue }
            refusals.append("\(subject) \(refusal.code.rawValue)")
        }
    }

    /// Everything that is to be done now, in words; what is released is given back.
    mutating func steps() -> [String] {
        var steps: [String] = []
        while let step = pipeline.nextStep(now: now.uptime) {
            switch consume step {
            case .append(let records):
                let (first, last) = (records.first?.position.value ?? 0, records.last?.position.value ?? 0)
                steps.append("append \(first == last ? "\(first)" : "\(first)-\(last)")")
            case .keep(let snapshot): steps.append("keep \(snapshot.position)")
            case .release(let commit):
                let words = commit.outputs.map { output in
                    switch output {
                    case .receipt: "receipt"
                    case .pong(_, _, let payload): "pong-\(payload)"
                    case .alert: "alert"
                    case .joined: "joined"
                    case .progress, .ok, .rated, .reloaded, .silenced, .unsilenced, .reopened, .split,
                        .confirmed, .taken, .subscribed, .subscriptions, .publish:
                        "other"
                    }
                }
                steps.append("release " + (words.isEmpty ? "nothing" : words.joined(separator: " ")))
                pipeline.takeBack(commit)
            case .probe: steps.append("probe")
            case .reopen: steps.append("reopen")
            }
        }
        return steps
    }

    /// Time passes, and the pipeline looks at it.
    mutating func pass(_ milliseconds: Int64) {
        now = Moment(wall: now.wall + .milliseconds(milliseconds), uptime: now.uptime + milliseconds)
        event { _, _ in }
    }

    /// The journal has been opened, and there is nothing in it.
    mutating func reopen() throws {
        let files = pipeline.files
        let empty = Broker(rules: files.rules, directory: files.directory, settings: BrokerSettings())
        event { pipeline, turn in pipeline.reopened(empty, snapshotPosition: .zero, into: &turn) }
    }

    mutating func report(_ identifier: String, bytes: Int = 1) {
        let report = Report(
            name: ReportName(sender: "phone", identifier: identifier), sent: now.wall, event: "notice",
            category: .fire, severity: .severe)
        let input = Input.report(
            Scene.peer("phone"), Scene.reference(identifier), report, body: [UInt8](repeating: 0x20, count: bytes),
            stored: nil)
        event { pipeline, turn in pipeline.handle(input, into: &turn) }
    }

    mutating func ping(_ payload: String = "x") {
        event { pipeline, turn in pipeline.handle(.ping(.reports, Scene.peer("phone"), payload), into: &turn) }
    }

    /// A terminal joins, gets an alert, and says RECEIVED: a record that nobody waits for.
    mutating func joinAndReceive() throws {
        let (fire, desk) = (Scene.recipient("fire"), Scene.peer("desk"))
        event { pipeline, turn in
            pipeline.handle(.join(desk, fire, terminal: "desk", credit: 10), into: &turn)
        }
        report("r-1")
        #expect(steps() == ["append 1"])
        pipeline.appended()
        #expect(steps() == ["release joined receipt alert"] || pipeline.isDrained)
        let number = AlertNumber(1)
        event { pipeline, turn in
            pipeline.handle(.received(desk, fire, NumberList([number...number])), into: &turn)
        }
    }
}
