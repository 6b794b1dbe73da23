import Testing
import TocsinJournal
import TocsinModel
import TocsinWire

@testable import TocsinCore

/// A reload, from whoever asked for it until the files are in force or refused.
struct ReloadTests {
    @Test func `files that have been read are in force with their record, and whoever asked is named`() throws {
        var bench = try Bench()
        let files = try Bench.files(Scene.rules + "\n# new\n")
        #expect(try bench.pipeline.reloadAsked(by: Scene.peer("li"), Scene.reference("a")) == true)
        bench.event { pipeline, turn in #expect(pipeline.filesRead(.success(files), into: &turn) == nil) }
        #expect(bench.ends.map { $0.askers.map(\.reference.text) } == [["a"]])
        #expect(bench.ends[0].adopted?.now.texts.rules == files.texts.rules)
        #expect(bench.pipeline.files.texts.rules == files.texts.rules)
        #expect(bench.ends[0].readAgain == false)
        bench.pass(CommitPipeline.laziness)
        #expect(bench.steps() == ["append 1"])
    }

    @Test func `connections are closed before the record of the last part, which says how many`() throws {
        var bench = try Bench()
        let long = try Bench.files(Scene.rules + String(repeating: "\n# a long file", count: 10_000))
        #expect(bench.pipeline.filesAboutToBeInForce == nil)
        _ = try bench.pipeline.reloadAsked(by: Scene.peer("li"), Scene.reference("a"), "uid:li")
        bench.event { pipeline, turn in
            _ = pipeline.filesRead(.success(long), into: &turn)
            #expect(pipeline.filesAboutToBeInForce == nil)
        }
        while bench.pipeline.filesAboutToBeInForce == nil {
            #expect(bench.ends.isEmpty && bench.steps().count == 1)
            bench.pipeline.appended()
            _ = bench.steps()
            if bench.pipeline.filesAboutToBeInForce == nil { bench.pass(0) }
        }
        var records: [JournalEntry] = []
        bench.event { pipeline, turn in
            pipeline.noteConnectionsClosed(3)
            _ = pipeline.passTime(into: &turn, isRead: true).map { end in
                #expect(end.connectionsClosed == 3)
                records = Array(turn.records)
            }
        }
        guard case .rules(let record)? = records.last?.record else {
            Issue.record("there is no record")
            return
        }
        #expect(record.connectionsClosed == 3 && record.principal == "uid:li" && !record.continues)
        // The files are those in force: nothing is recorded, and whoever is out is shut out all the same.
        _ = bench.pipeline.reloadAsked()
        bench.event { pipeline, turn in
            _ = pipeline.filesRead(.success(long), into: &turn)
            #expect(pipeline.filesAboutToBeInForce != nil)
        }
    }

    @Test func `who asks while files are being read waits for the next reading`() throws {
        var bench = try Bench()
        #expect(try bench.pipeline.reloadAsked(by: Scene.peer("li"), Scene.reference("a")) == true)
        #expect(try bench.pipeline.reloadAsked(by: Scene.peer("wu"), Scene.reference("b")) == false)
        // A signal asks as well, and nobody waits for it.
        #expect(bench.pipeline.reloadAsked() == false)
        let older = try Bench.files(Scene.rules + "\n# older\n")
        bench.event { pipeline, turn in #expect(pipeline.filesRead(.success(older), into: &turn) == nil) }
        #expect(bench.ends.map { $0.askers.map(\.reference.text) } == [["a"]])
        #expect(bench.ends[0].readAgain == true)
        let newer = try Bench.files(Scene.rules + "\n# newer\n")
        bench.event { pipeline, turn in #expect(pipeline.filesRead(.success(newer), into: &turn) == nil) }
        #expect(bench.ends.map { $0.askers.map(\.reference.text) } == [["a"], ["b"]])
        #expect(bench.ends[1].readAgain == false)
        #expect(bench.pipeline.files.texts.rules == newer.texts.rules)
    }

    @Test func `who asks while rules are on their way into force waits for the next reading`() throws {
        var bench = try Bench()
        let long = try Bench.files(Scene.rules + String(repeating: "\n# a long file", count: 10_000))
        #expect(try bench.pipeline.reloadAsked(by: Scene.peer("li"), Scene.reference("a")) == true)
        bench.event { pipeline, turn in _ = pipeline.filesRead(.success(long), into: &turn) }
        #expect(bench.ends.isEmpty)
        #expect(try bench.pipeline.reloadAsked(by: Scene.peer("wu"), Scene.reference("b")) == false)
        var parts = 0
        while bench.ends.isEmpty {
            #expect(bench.steps().count == 1)
            bench.pipeline.appended()
            _ = bench.steps()
            bench.pass(0)
            parts += 1
        }
        #expect(parts == 2)
        #expect(bench.ends[0].readAgain == true)
        #expect(bench.pipeline.isReloading == true)
    }

    @Test func `files with an error are refused to those who asked, and the next reading goes on`() throws {
        var bench = try Bench()
        #expect(try bench.pipeline.reloadAsked(by: Scene.peer("li"), Scene.reference("a")) == true)
        #expect(try bench.pipeline.reloadAsked(by: Scene.peer("wu"), Scene.reference("b")) == false)
        let refusal = Refusal(.invalid, "rules.yaml:1:1: no")
        bench.event { pipeline, turn in
            #expect(pipeline.filesRead(.failure(refusal), into: &turn)?.readAgain == true)
        }
        #expect(bench.refusals == ["a invalid"])
        #expect(bench.pipeline.files.texts.rules == Scene.rules)
        #expect(bench.pipeline.isReloading == true)
    }

    @Test func `a journal that fails takes the rules with it that are not in force, and says so`() throws {
        var bench = try Bench()
        let long = try Bench.files(Scene.rules + String(repeating: "\n# a long file", count: 10_000))
        #expect(try bench.pipeline.reloadAsked(by: Scene.peer("li"), Scene.reference("a")) == true)
        bench.event { pipeline, turn in _ = pipeline.filesRead(.success(long), into: &turn) }
        #expect(try bench.pipeline.reloadAsked(by: Scene.peer("wu"), Scene.reference("b")) == false)
        bench.event { pipeline, turn in _ = pipeline.failed(into: &turn) }
        #expect(bench.refusals == ["a unavailable", "b unavailable"])
        #expect(bench.pipeline.isReloading == false)
        #expect(bench.pipeline.files.texts.rules == Scene.rules)
        #expect(try bench.pipeline.reloadAsked(by: Scene.peer("li"), Scene.reference("c")) == true)
        bench.event { pipeline, turn in _ = pipeline.filesRead(.success(long), into: &turn) }
        #expect(bench.refusals.last == "c unavailable")
    }

    @Test func `as many as the bound may wait for the next reading, and one more is told to ask later`() throws {
        var bench = try Bench()
        #expect(bench.pipeline.reloadAsked() == true)
        for number in 0..<Limits.reloadAskers {
            #expect(try bench.pipeline.reloadAsked(by: Scene.peer("li"), Scene.reference("\(number)")) == false)
        }
        let refusal = #expect(throws: Refusal.self) {
            _ = try bench.pipeline.reloadAsked(by: Scene.peer("wu"), Scene.reference("x"))
        }
        #expect(refusal?.code == .busy)
        #expect(refusal?.retryAfterMilliseconds == 1000)
        #expect(bench.pipeline.reloadAsked() == false)
        bench.event { pipeline, turn in _ = pipeline.filesRead(.failure(Refusal(.invalid, "no")), into: &turn) }
        #expect(try bench.pipeline.reloadAsked(by: Scene.peer("wu"), Scene.reference("x")) == false)
    }
}
