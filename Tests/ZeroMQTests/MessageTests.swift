import Synchronization
import Testing
import ZeroMQ

struct MessageTests {
    @Test func `an empty message has no bytes and no frame after it`() {
        let message = Message()
        let (count, isEmpty, isMore, isShared) = (message.count, message.isEmpty, message.isMore, message.isShared)
        #expect(count == 0)
        #expect(isEmpty)
        #expect(!isMore)
        #expect(!isShared)
    }

    @Test(arguments: [0, 5, 100_000])
    func `a message tells when libzmq has let go of it, also while it was shared`(count: Int) throws {
        let releases = Mutex(0)
        try [UInt8](repeating: 7, count: count).withUnsafeBytes { bytes in
            var message = try Message(copying: bytes) { releases.withLock { $0 += 1 } }
            let other = try message.shared()
            #expect(message.bytes == [UInt8](repeating: 7, count: count))
            _ = consume message
            #expect(releases.withLock { $0 } == 0)
            _ = consume other
        }
        #expect(releases.withLock { $0 } == 1)
    }

    @Test(arguments: [0, 1, 33, 34, 100_000])
    func `a message holds a copy of the bytes it was given`(count: Int) throws {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let fromArray = try Message(copying: bytes).bytes
        let fromBuffer = try bytes.withUnsafeBytes { try Message(copying: $0).bytes }
        let fromSequence = try Message(copying: AnyCollection(bytes)).bytes
        #expect(fromArray == bytes)
        #expect(fromBuffer == bytes)
        #expect(fromSequence == bytes)
    }

    @Test func `a message takes text`() throws {
        let message = try Message(copying: "火警 TIP1".utf8)
        let text = message.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
        #expect(text == "火警 TIP1")
    }

    @Test(arguments: [8, 80])
    func `the bytes of a message can be written in place`(count: Int) throws {
        var message = try Message(byteCount: count)
        message.withUnsafeMutableBytes { bytes in
            for index in bytes.indices { bytes[index] = UInt8(index) }
        }
        let written = message.bytes
        #expect(written == (0..<count).map { UInt8($0) })
    }

    @Test(arguments: [8, 80])
    func `a message survives being moved`(count: Int) throws {
        let bytes = [UInt8](repeating: 9, count: count)
        func passOn(_ message: consuming Message) -> Message { message }
        let message = passOn(passOn(try Message(copying: bytes)))
        let arrived = message.bytes
        #expect(arrived == bytes)
    }

    @Test(arguments: [8, 80])
    func `a shared message outlives the one it was shared from`(count: Int) throws {
        let bytes = [UInt8](repeating: 5, count: count)
        func share() throws -> Message {
            var message = try Message(copying: bytes)
            let first = try message.shared()
            _ = consume first
            return try message.shared()
        }
        let survivor = try share()
        let arrived = survivor.bytes
        #expect(arrived == bytes)
    }

    @Test func `a message knows that its bytes are shared`() throws {
        var message = try Message(copying: [UInt8](repeating: 1, count: 80))
        let before = message.isShared
        let other = try message.shared()
        let (after, ofOther) = (message.isShared, other.isShared)
        #expect(!before)
        #expect(after)
        #expect(ofOther)
    }

    @Test func `a message of more memory than there is is an error`() {
        let error = #expect(throws: ZeroMQError.self) { _ = try Message(byteCount: Int.max / 2) }
        #expect(error?.code == .outOfMemory)
        #expect(error?.call == "zmq_msg_init_size")
    }

    @Test func `a message that came from nowhere has no properties`() {
        let message = Message()
        for property in Message.Property.allCases {
            let value = message.property(property)
            #expect(value == nil)
        }
    }
}
