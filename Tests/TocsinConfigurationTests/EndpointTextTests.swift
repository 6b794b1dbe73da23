import Testing
import TocsinConfiguration

@Suite struct EndpointTextTests {
    @Test(arguments: [
        "tcp://127.0.0.1:7701", "tcp://127.0.0.1:0", "tcp://127.8.9.255:*", "tcp://[::1]:7701", "tcp://localhost:7701",
        "ipc:///run/tocsin/control.ipc",
    ])
    func `an endpoint of this machine alone is taken`(text: String) throws {
        #expect(try EndpointText(text).exposure == nil)
    }

    @Test(arguments: [
        "tcp://*:7701", "tcp://0.0.0.0:7701", "tcp://[::]:7701", "tcp://eth0:7701", "tcp://lo:7701",
        "tcp://broker:7701",
        "tcp://192.168.1.7:7701", "tcp://127.1:7701", "tcp://127.0.0.256:1", "tcp://127.0.0.010:1",
        "tcp://0127.0.0.1:1",
        "tcp://[::ffff:127.0.0.1]:7701", "tcp://[fe80::1]:7701", "tcp://localhost.example.org:1",
        "tcp://127.0.0.1.nip.io:1",
    ])
    func `an endpoint that is not certainly this machine's alone is exposed`(text: String) throws {
        #expect(try EndpointText(text).exposure?.contains("security: none") ?? false)
    }

    @Test func `what binds by name is bound by address`() throws {
        #expect(try EndpointText("tcp://localhost:7701").forBinding == "tcp://127.0.0.1:7701")
        #expect(try EndpointText("tcp://[::1]:7701").forBinding == "tcp://[::1]:7701")
    }

    @Test(arguments: [
        "", "7701", "http://x:1", "tcp://127.0.0.1", "tcp://:1", "tcp://h:70000", "tcp://h:x", "ipc://",
        "tcp://::1:7701",
        "tcp:7701",
    ])
    func `what is no endpoint is not`(text: String) {
        #expect(throws: EndpointProblem.self) { try EndpointText(text) }
    }
}
