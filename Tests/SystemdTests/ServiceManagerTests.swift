import Glibc
import Testing

@testable import Systemd

/// Each test runs in a process of its own, as the protocol's other half is that process's environment.
struct ServiceManagerTests {
    @Test func `without a notify socket every message is a silent no-op`() async {
        await #expect(processExitsWith: .success) {
            unsetenv("NOTIFY_SOCKET")
            let manager = ServiceManager()
            try #expect(manager.ready(status: "Serving") == false)
            try #expect(manager.reloading(status: "Reloading") == false)
            try #expect(manager.stopping(status: "Stopping") == false)
            try #expect(manager.status("Serving 17 terminals") == false)
            try #expect(manager.ping() == false)
        }
    }

    @Test func `ready, stopping and status carry their text`() async {
        await #expect(processExitsWith: .success) {
            let socket = try NotifySocket()
            setenv("NOTIFY_SOCKET", socket.path, 1)
            let manager = ServiceManager()
            try #expect(manager.ready(status: "Serving 东城区"))
            #expect(socket.receive() == ["READY=1", "STATUS=Serving 东城区"])
            try #expect(manager.status("17 terminals"))
            #expect(socket.receive() == ["STATUS=17 terminals"])
            try #expect(manager.stopping(status: "Closing the journal"))
            #expect(socket.receive() == ["STOPPING=1", "STATUS=Closing the journal"])
            #expect(socket.receive() == nil)
        }
    }

    @Test func `reloading carries the monotonic time at which it began`() async {
        await #expect(processExitsWith: .success) {
            let socket = try NotifySocket()
            setenv("NOTIFY_SOCKET", socket.path, 1)
            let before = monotonicMicroseconds()
            try #expect(ServiceManager().reloading(status: "Reading the rules"))
            let after = monotonicMicroseconds()

            let lines = try #require(socket.receive())
            #expect([lines.first, lines.last] == ["RELOADING=1", "STATUS=Reading the rules"])
            let time = try #require(lines.first { $0.hasPrefix("MONOTONIC_USEC=") }?.split(separator: "=").last)
            let microseconds = try #require(Int(time))
            #expect((before...after).contains(microseconds))
        }
    }

    @Test func `a line break in a status cannot become an assignment`() async {
        await #expect(processExitsWith: .success) {
            let socket = try NotifySocket()
            setenv("NOTIFY_SOCKET", socket.path, 1)
            try #expect(ServiceManager().status("busy\nMAINPID=1\0rest"))
            #expect(socket.receive() == ["STATUS=busy MAINPID=1 rest"])
        }
    }

    @Test func `a notify socket that is gone is an error and not silence`() async {
        await #expect(processExitsWith: .success) {
            setenv("NOTIFY_SOCKET", "/nonexistent/notify", 1)
            #expect(throws: SystemdError(call: "sd_notify", code: ENOENT)) {
                try ServiceManager().ready(status: "Serving")
            }
        }
    }

    @Test func `a service manager that does not read keeps nobody waiting`() async {
        await #expect(processExitsWith: .success) {
            let socket = try NotifySocket()
            setenv("NOTIFY_SOCKET", socket.path, 1)
            let manager = ServiceManager()
            // The system's queue takes some ten or some hundred.
            #expect(throws: SystemdError(call: "sd_notify", code: EAGAIN)) {
                for _ in 0..<10_000 { try manager.ping() }
            }
            #expect(socket.receive() == ["WATCHDOG=1"])
            try #expect(manager.ping())
        }
    }

    @Test func `the watchdog ping is a message of its own`() async {
        await #expect(processExitsWith: .success) {
            let socket = try NotifySocket()
            setenv("NOTIFY_SOCKET", socket.path, 1)
            try #expect(ServiceManager().ping())
            #expect(socket.receive() == ["WATCHDOG=1"])
        }
    }

    @Test func `the watchdog interval is what the service manager set for this process`() async {
        await #expect(processExitsWith: .success) {
            unsetenv("WATCHDOG_USEC")
            unsetenv("WATCHDOG_PID")
            let manager = ServiceManager()
            try #expect(manager.watchdogInterval == nil)
            setenv("WATCHDOG_USEC", "30000000", 1)
            try #expect(manager.watchdogInterval == .seconds(30))
            setenv("WATCHDOG_PID", String(getpid()), 1)
            try #expect(manager.watchdogInterval == .seconds(30))
        }
    }

    @Test func `a watchdog that was set for another process is not ours`() async {
        await #expect(processExitsWith: .success) {
            setenv("WATCHDOG_USEC", "30000000", 1)
            setenv("WATCHDOG_PID", String(getppid()), 1)
            try #expect(ServiceManager().watchdogInterval == nil)
        }
    }

    @Test func `a watchdog interval that is no number is an error`() async {
        await #expect(processExitsWith: .success) {
            unsetenv("WATCHDOG_PID")
            setenv("WATCHDOG_USEC", "soon", 1)
            #expect(throws: SystemdError(call: "sd_watchdog_enabled", code: EINVAL)) {
                try ServiceManager().watchdogInterval
            }
        }
    }
}

private func monotonicMicroseconds() -> Int {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return now.tv_sec * 1_000_000 + now.tv_nsec / 1000
}
