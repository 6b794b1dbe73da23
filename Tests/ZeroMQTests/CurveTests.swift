import Testing
import ZeroMQ

@Suite(.enabled(if: Library.has(.curve), "this libzmq was built without CURVE"))
struct CurveTests {
    @Test func `a message goes through an encrypted connection`() throws {
        let (serverKeys, clientKeys) = (try CurveKeyPair.generate(), try CurveKeyPair.generate())
        let context = try Context()
        let router = try makeSocket(.router, in: context)
        try router.setCurveServer(serverKeys.secretKey)
        let endpoint = try router.bindLoopback()
        let dealer = try makeDealer("fire", in: context)
        try dealer.setCurveClient(clientKeys, server: serverKeys.publicKey)
        try dealer.connect(to: endpoint)

        try dealer.sendText("secret")
        let received = try router.receiveText()
        #expect(received == ["fire", "secret"])
        try router.sendText("fire", "answer")
        let answer = try dealer.receiveText()
        #expect(answer == ["answer"])
    }

    @Test func `a client with another server's key does not get in`() throws {
        let context = try Context()
        let router = try makeSocket(.router, in: context)
        try router.setCurveServer(try CurveKeyPair.generate().secretKey)
        let monitor = try makeMonitor(of: router, kinds: [.handshakeSucceeded, .handshakeFailedByProtocol])
        let endpoint = try router.bindLoopback()
        let dealer = try makeSocket(.dealer, in: context)
        try dealer.setCurveClient(try .generate(), server: try CurveKeyPair.generate().publicKey)
        try dealer.connect(to: endpoint)
        let event = try monitor.receive()
        #expect(event?.kind == .handshakeFailedByProtocol)
    }

    @Test func `a ZAP handler names the peer and its messages carry the name`() throws {
        let (serverKeys, clientKeys) = (try CurveKeyPair.generate(), try CurveKeyPair.generate())
        let context = try Context()
        let handler = try makeSocket(.rep, in: context)
        try handler.bind(to: "inproc://zeromq.zap.01")
        let router = try makeSocket(.router, in: context)
        try router.setZAPDomain("alerts")
        try router.setCurveServer(serverKeys.secretKey)
        let endpoint = try router.bindLoopback()
        let dealer = try makeSocket(.dealer, in: context)
        try dealer.setCurveClient(clientKeys, server: serverKeys.publicKey)
        try dealer.connect(to: endpoint)
        try dealer.sendText("hello")

        // RFC 27: version, request, domain, address, identity, mechanism, credentials.
        let request = try #require(try handler.receiveMultipart()).frames
        #expect(request.count == 7)
        #expect(request[2] == "alerts".bytes)
        #expect(request[5] == "CURVE".bytes)
        let answer = ["1.0".bytes, request[1], "200".bytes, "OK".bytes, "station-7".bytes, []]
        let outcome = try handler.send(multipart: answer)
        #expect(outcome == .sent)

        var message = Message()
        let isThere = try router.receive(into: &message)
        let (isMore, isBodyThere) = (message.isMore, try router.receive(into: &message))
        let (user, address) = (message.property(.userID), message.property(.peerAddress))
        #expect(isThere)
        #expect(isMore)
        #expect(isBodyThere)
        #expect(user == "station-7")
        #expect(address == "127.0.0.1")
    }

    @Test func `a peer that the ZAP handler refuses does not get in`() throws {
        let serverKeys = try CurveKeyPair.generate()
        let context = try Context()
        let handler = try makeSocket(.rep, in: context)
        try handler.bind(to: "inproc://zeromq.zap.01")
        let router = try makeSocket(.router, in: context)
        try router.setCurveServer(serverKeys.secretKey)
        let monitor = try makeMonitor(of: router, kinds: [.handshakeSucceeded, .handshakeFailedByAuthentication])
        let endpoint = try router.bindLoopback()
        let dealer = try makeSocket(.dealer, in: context)
        try dealer.setCurveClient(try .generate(), server: serverKeys.publicKey)
        try dealer.connect(to: endpoint)

        let request = try #require(try handler.receiveMultipart()).frames
        _ = try handler.send(multipart: ["1.0".bytes, request[1], "400".bytes, "no".bytes, [], []])
        let event = try monitor.receive()
        #expect(event?.kind == .handshakeFailedByAuthentication)
        #expect(event?.value == 400)
    }

    @Test func `a public key can be worked out from the secret one`() throws {
        let keys = try CurveKeyPair.generate()
        let other = try CurveKeyPair.generate()
        #expect(try CurveKeyPair(secretKey: keys.secretKey) == keys)
        #expect(keys != other)
    }

    @Test(arguments: ["", "short", String(repeating: "~", count: 40), String(repeating: "é", count: 20), "\0"])
    func `what is not a key is refused`(text: String) {
        let code = errorCode { _ = try CurvePublicKey(z85: text) }
        #expect(code == .invalidArgument)
    }

    @Test func `a secret key does not show itself`() throws {
        let key = try CurveKeyPair.generate().secretKey
        var dumped = ""
        dump(key, to: &dumped)
        #expect(!"\(key)".contains(key.z85))
        #expect(!String(reflecting: key).contains(key.z85))
        #expect(!dumped.contains(key.z85))
    }
}
