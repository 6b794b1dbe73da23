import ZeroMQ

/// Messages of three frames from a ROUTER to a DEALER in the same thread, as alerts go: identity, header, and a body that
/// is shared. Over `inproc` no other thread takes part, so the count of instructions is the same in each run.
struct FrameWork {
    private static let framesPerMessage = 3

    /// Sends and receives so many frames; answers how many bytes came.
    func run(_ frames: Int) throws -> Int {
        let context = try Context(ioThreads: 0)
        let router = try Socket(.router, in: context)
        try router.bind(to: "inproc://frames")
        let dealer = try Socket(.dealer, in: context)
        try dealer.setRoutingID([0x64])
        try dealer.connect(to: "inproc://frames")
        let header = Array("TIP1 ALERT fire 1234567".utf8)
        var body = try Message(copying: [UInt8](repeating: 0x78, count: 451))
        var incoming = Message()
        var bytes = 0
        for _ in 0..<frames / Self.framesPerMessage {
            _ = try router.send([0x64], more: true, wait: false)
            _ = try router.send(header, more: true, wait: false)
            _ = try router.send(sharing: &body, more: false, wait: false)
            while try dealer.receive(into: &incoming, wait: false) { bytes += incoming.count }
        }
        return bytes
    }
}
