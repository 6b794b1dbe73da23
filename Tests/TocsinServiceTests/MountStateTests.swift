import Foundation
import Testing

@testable import TocsinService

/// Whether a folder can be written, by the file system and by the mount.
struct MountStateTests {
    private static let mounts = """
        372 371 254:0 / / ro,relatime shared:1 - ext4 /dev/vda rw,discard
        419 372 7:0 / /var/lib/tocsin ro,nosuid,relatime shared:121 master:64 - ext4 /dev/state rw
        420 372 7:1 / /srv/a\\040b ro,relatime - ext4 /dev/other ro,errors=remount-ro
        421 372 0:5 / /run rw - tmpfs tmpfs rw

        """

    @Test(arguments: [(419, true, false), (420, true, true), (421, false, false)])
    func `the mount and the file system are told apart`(id: Int, mount: Bool, fileSystem: Bool) throws {
        let state = try #require(
            MountState(folder: "pos:\t0\nflags:\t02300000\nmnt_id:\t\(id)\nino:\t2\n", mounts: Self.mounts))
        #expect((state.isMountReadOnly, state.isFileSystemReadOnly) == (mount, fileSystem))
        #expect(state.isShutOut == (id == 419))
    }

    @Test func `what is not told is not known`() {
        #expect(MountState(folder: "pos:\t0\n", mounts: Self.mounts) == nil)
        #expect(MountState(folder: "mnt_id:\t42\n", mounts: Self.mounts) == nil)
        #expect(MountState(of: "/nonexistent") == nil)
    }

    @Test func `the folder of this test can be written`() throws {
        #expect(try #require(MountState(of: NSTemporaryDirectory())).isShutOut == false)
    }
}
