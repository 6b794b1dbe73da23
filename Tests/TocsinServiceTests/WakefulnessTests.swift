import Foundation
import Testing
import ZeroMQ

@testable import TocsinService

/// When the processors are asked to stay awake. A file stands in for the device: it has all that was asked for.
@Suite(.timeLimit(.minutes(5))) struct WakefulnessTests {
    private static func wishes(in file: URL) throws -> [Int32] {
        try Data(contentsOf: file).withUnsafeBytes { bytes in
            stride(from: 0, to: bytes.count, by: 4).map { bytes.loadUnaligned(fromByteOffset: $0, as: Int32.self) }
        }
    }

    @Test func `they stay awake until some time after the last commit that somebody waits for`() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("tocsin-\(UUID().uuidString)")
        try Data().write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        var wakefulness = Wakefulness(device: file.path)
        let isPossible = wakefulness.isPossible
        #expect(isPossible)
        wakefulness.end(at: 1000)
        #expect(try Self.wishes(in: file) == [])

        wakefulness.begin(at: 1000)
        wakefulness.begin(at: 1005)
        wakefulness.end(at: 1014)
        #expect(try Self.wishes(in: file) == [0])
        var until = wakefulness.until
        #expect(until == 1015)

        wakefulness.end(at: 1015)
        #expect(try Self.wishes(in: file) == [0, .max])
        until = wakefulness.until
        #expect(until == nil)
        wakefulness.begin(at: 2000)
        #expect(try Self.wishes(in: file) == [0, .max, 0])
    }

    @Test func `without the device nothing is asked for, and nothing is waited for`() {
        var wakefulness = Wakefulness(device: "/dev/null/missing")
        wakefulness.begin(at: 1000)
        let (isPossible, until) = (wakefulness.isPossible, wakefulness.until)
        #expect(!isPossible && until == nil)
    }

    @Test func `a service that is told not to asks for nothing`() async throws {
        let service = try RunningService(keepProcessorsAwake: false)
        try await onOwnThread {
            let context = try Context()
            let reporter = try service.dealer("reports", in: context)
            try reporter.say("TIP1 REPORT one", report("one"))
            #expect(try reporter.hear().first == "TIP1 RECEIPT one")
            #expect(try Self.wishes(in: service.wakefulness) == [])
        }
        try await service.drain()
    }

    @Test func `a service asks for it when it commits a report, and takes it back when nothing more comes`()
        async throws
    {
        let service = try RunningService()
        try await onOwnThread {
            let context = try Context()
            let operatorPeer = try service.dealer("control", in: context)
            try operatorPeer.say("TIP1 INFO quiet")
            #expect(try operatorPeer.hear().first == "TIP1 OK quiet")
            #expect(try Self.wishes(in: service.wakefulness) == [])

            let reporter = try service.dealer("reports", in: context)
            try reporter.say("TIP1 REPORT one", report("one"))
            #expect(try reporter.hear().first == "TIP1 RECEIPT one")
            // What the operator asks is answered without a commit.
            while try Self.wishes(in: service.wakefulness) != [0, .max] {
                try operatorPeer.say("TIP1 INFO again")
                #expect(try operatorPeer.hear().first == "TIP1 OK again")
            }
        }
        try await service.drain()
    }
}
