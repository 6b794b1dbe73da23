import Foundation
import Testing

@testable import ZeroMQ

struct PollSetTests {
    @Test func `polling tells which sockets can be read and written`() throws {
        let context = try Context()
        let pull = try makeSocket(.pull, in: context)
        try pull.bind(to: "inproc://poll")
        let push = try makeSocket(.push, in: context)
        var set = PollSet()
        let (input, output) = (set.add(pull, for: .readable), set.add(push, for: .writable))

        let before = try set.poll(timeout: .zero)
        #expect(before == 0)

        try push.connect(to: "inproc://poll")
        try push.sendText("work")
        let after = try set.poll(timeout: patience)
        let (read, write) = (set[input], set[output])
        #expect(after == 2)
        #expect(read == .readable)
        #expect(write == .writable)
    }

    @Test func `polling sees a descriptor of the system beside a socket`() throws {
        let context = try Context()
        let pull = try makeSocket(.pull, in: context)
        try pull.bind(to: "inproc://poll")
        let pipe = Pipe()
        var set = PollSet()
        let socket = set.add(pull, for: .readable)
        let descriptor = set.add(fileDescriptor: pipe.fileHandleForReading.fileDescriptor, for: .readable)

        let before = try set.poll(timeout: .zero)
        try pipe.fileHandleForWriting.write(contentsOf: [1])
        let after = try set.poll(timeout: nil)
        let (ofSocket, ofDescriptor) = (set[socket], set[descriptor])
        #expect(before == 0)
        #expect(after == 1)
        #expect(ofSocket == [])
        #expect(ofDescriptor == .readable)
    }

    @Test func `a member is not waited for while nothing is asked of it`() throws {
        let pipe = Pipe()
        try pipe.fileHandleForWriting.write(contentsOf: [1])
        var set = PollSet()
        let index = set.add(fileDescriptor: pipe.fileHandleForReading.fileDescriptor, for: .readable)
        set.setEvents([], at: index)
        let none = try set.poll(timeout: .zero)
        set.setEvents(.readable, at: index)
        let one = try set.poll(timeout: .zero)
        #expect(none == 0)
        #expect(one == 1)
    }

    @Test func `a shutdown ends a poll`() throws {
        let context = try Context()
        let pull = try makeSocket(.pull, in: context)
        var set = PollSet()
        _ = set.add(pull, for: .readable)
        try context.shutdown()
        var code: ZeroMQError.Code?
        do throws(ZeroMQError) {
            _ = try set.poll(timeout: nil)
        } catch {
            code = error.code
        }
        #expect(code == .terminated)
    }

    @Test(arguments: [
        (Duration.zero, CInt(0)),
        (.nanoseconds(1), 1),
        (.milliseconds(5), 5),
        (.microseconds(5001), 6),
        (.seconds(1 << 40), CInt.max),
        (.milliseconds(-5), -5),
    ])
    func `a duration is whole milliseconds, rounded up`(duration: Duration, milliseconds: CInt) {
        #expect(duration.milliseconds == milliseconds)
    }
}
