import Glibc
import Testing

@testable import TocsinClient

/// Why nothing comes from an endpoint.
@Suite struct FirstContactTests {
    private func reason(at endpoint: String) -> Absence.Reason? {
        let now = Instant.now
        var contact = FirstContact(with: endpoint, hasKeys: false, timeout: .milliseconds(500), now: now)
        #expect(contact.absence(at: now + .seconds(1)) == nil)
        return contact.absence(at: now + .seconds(6))?.reason
    }

    @Test func `a process that listens and says nothing is told from nobody`() throws {
        let listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutableBytes(of: &address) { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) { address in
                bind(listener, address.baseAddress, length) == 0 && listen(listener, 4) == 0
                    && getsockname(listener, address.baseAddress, &length) == 0
            }
        }
        try #require(isBound)
        #expect(reason(at: "tcp://127.0.0.1:\(UInt16(bigEndian: address.sin_port))") == .hung)
        #expect(reason(at: "ipc:///nonexistent/control.ipc") == .silent)
    }
}
