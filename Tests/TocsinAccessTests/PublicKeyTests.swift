import Testing
import TocsinAccess

struct PublicKeyTests {
    /// The test vectors of RFC 26's examples: a client's public key as libzmq's manual prints it.
    static let text = "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID"
    static let bytes: [UInt8] = [
        0xbb, 0x88, 0x47, 0x1d, 0x65, 0xe2, 0x65, 0x9b, 0x30, 0xc5, 0x5a, 0x53, 0x21, 0xce, 0xbb, 0x5a,
        0xab, 0x2b, 0x70, 0xa3, 0x98, 0x64, 0x5c, 0x26, 0xdc, 0xa2, 0xb2, 0xfc, 0xb4, 0x3f, 0xc5, 0x18,
    ]

    @Test func `a key's text and its bytes are the same key`() throws {
        let key = try #require(PublicKey(z85: Self.text))
        #expect(Self.bytes.withUnsafeBytes { PublicKey($0) } == key)
        #expect(key.z85 == Self.text && "\(key)" == Self.text)
    }

    @Test(arguments: [
        "", "short", String(text.dropLast()), text + "a", text.replacing("Y", with: "~"),
        text.replacing("Y", with: "é"),
        String(repeating: "#", count: 40), text.replacing("Yne@$", with: "%nSc1"),
    ])
    func `what is no key is refused`(_ text: String) {
        #expect(PublicKey(z85: text) == nil)
    }

    @Test func `the largest number that five characters may be is a key's part`() throws {
        let text = String(repeating: "%nSc0", count: 8)
        let key = try #require(PublicKey(z85: text))
        #expect([UInt8](repeating: 0xff, count: 32).withUnsafeBytes { PublicKey($0) } == key && key.z85 == text)
    }

    @Test(arguments: [0, 31, 33]) func `other than 32 bytes are no key`(_ count: Int) {
        #expect([UInt8](repeating: 1, count: count).withUnsafeBytes { PublicKey($0) } == nil)
    }
}
