import Foundation
import Testing

@testable import tocsin

@Suite struct DoctorTests {
    @Test func `a finding is a line, and what to do is below it`() {
        let finding = Finding.todo("disk", "1 GB of 100 GB free at /var", "Make room.")
        #expect(
            finding.lines(width: 80, style: .plain) == [
                "TO DO  disk           1 GB of 100 GB free at /var", "                      → Make room.",
            ])
        let well = Finding.ok("clock", "synchronised")
        #expect(well.lines(width: 80, style: .plain) == ["ok     clock          synchronised"])
    }

    @Test func `the file system of a path is that of the mount nearest to it`() {
        let mounts = """
            22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
            30 22 0:25 / /run rw - tmpfs tmpfs rw
            31 22 0:26 / /var/lib rw master:3 - xfs /dev/vdb rw
            32 22 0:27 / /var/lib/to\\040nas rw - nfs4 nas:/x rw
            33 31 0:28 / /var/lib rw - btrfs /dev/vdc rw

            """
        #expect(DiskCheck.type(of: "/var/lib/tocsin", in: mounts) == "btrfs")
        #expect(DiskCheck.type(of: "/var/library", in: mounts) == "ext4")
        #expect(DiskCheck.type(of: "/var/lib/to nas/x", in: mounts) == "nfs4")
        #expect(DiskCheck.type(of: "/run", in: mounts) == "tmpfs")
    }

    @Test(arguments: [("ext4", Finding.State.ok), ("tmpfs", .todo), ("nfs4", .todo), ("fuse.sshfs", .todo)])
    func `a file system that forgets or is far away is no place for a journal`(type: String, state: Finding.State) {
        #expect(DiskCheck.fileSystem("/x", type).state == state)
    }

    @Test func `little room is something to do, and so is a disk that cannot be written`() {
        #expect(DiskCheck.room("/x", free: 50 << 30, size: 100 << 30).state == .ok)
        #expect(DiskCheck.room("/x", free: 100 << 20, size: 1 << 30).state == .todo)
        #expect(DiskCheck.room("/x", free: 4 << 30, size: 100 << 30).state == .todo)
        #expect(DiskCheck.room("/x", free: 50 << 30, size: 100 << 30, isReadOnly: true).state == .todo)
        #expect(byteCount(12_345_678_901) == "12.3 GB")
    }

    @Test func `the broker's limits are read from the system`() {
        let limits = """
            Limit                     Soft Limit           Hard Limit           Units
            Max open files            1024                 524288               files

            """
        #expect(MachineCheck.descriptors(limits).state == .todo)
        #expect(MachineCheck.descriptors(limits.replacing("1024 ", with: "65536")).state == .ok)
        #expect(MachineCheck.descriptors(nil).state == .unknown)
        let bounds = [
            "/sys/fs/cgroup/system.slice/tocsind.service/memory.max": "max\n",
            "/sys/fs/cgroup/system.slice/memory.max": "2000000000\n",
        ]
        let group = "0::/system.slice/tocsind.service\n"
        #expect(MachineCheck.memory(group) { bounds[$0] } == .ok("memory", "the broker may use 2 GB"))
        #expect(MachineCheck.memory(group) { _ in nil }.state == .todo)
    }

    @Test func `a clock that nobody sets is something to do`() {
        #expect(MachineCheck.clock(isSynchronised: true).state == .ok)
        #expect(MachineCheck.clock(isSynchronised: false).advice?.contains("timedatectl") == true)
        #expect(MachineCheck.libraries(daemon: "0.0.1").state == .todo)
    }

    @Test func `a journal that everybody may read is something to do`() throws {
        let files = try TemporaryFiles([:])
        let folder = files.path("state")
        #expect(FolderCheck.state(folder).state == .todo)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        chmod(folder, 0o755)
        #expect(FolderCheck.state(folder).text == "\(folder) is open to everybody (755)")
        chmod(folder, 0o700)
        #expect(FolderCheck.state(folder).state == .ok)
    }

    @Test func `without a broker each endpoint says what to do, and programs get an object`() throws {
        let files = try Fixture.files()
        let folder = files.path("")
        try "rules: rules.yaml\ndepartments: departments.yaml\ngrids: grids.yaml\nstate: .\nruntime: .\nendpoints:\n"
            .appending(
                ["reports", "alerts", "feed"].map { "  \($0): \"ipc://\(folder)/\($0).ipc\"\n" }.joined()
            ).write(toFile: files.path("tocsin.yaml"), atomically: false, encoding: .utf8)
        let run = try CommandRun(["doctor", "--config", files.path("tocsin.yaml")])
        #expect(run.status == 1)
        let lines = run.output.split(separator: "\n")
        #expect(lines.contains { $0.hasPrefix("ok     configuration  ") })
        for subject in ["control", "reports", "alerts", "feed"] {
            #expect(lines.contains { $0.hasPrefix("TO DO  \(subject.padded(to: 13))  ") }, "\(subject)")
        }
        let json = try CommandRun(["doctor", "--json", "--config", files.path("tocsin.yaml")])
        #expect(json.output.hasPrefix(#"{"findings":[{"state":"ok","subject":"configuration","text":""#))
        #expect(json.status == 1)
    }
}
