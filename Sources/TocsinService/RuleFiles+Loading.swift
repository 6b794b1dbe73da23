import Synchronization
import Threads
import TocsinConfiguration
import TocsinCore
import TocsinModel
import TocsinRouting

extension RuleFiles {
    /// Reads the files that the configuration names.
    ///
    /// - Throws: ``TocsinService/ServiceError/configuration(_:)`` with every problem found, one a line.
    init(_ configuration: ServiceConfiguration, now: Timestamp) throws(ServiceError) {
        let departments = try Self.text(of: configuration.departments)
        let grids = configuration.grids.isEmpty ? nil : try Self.text(of: configuration.grids)
        let rulesText = try Self.text(of: configuration.rules)
        do {
            let directory = try Directory(
                departments: departments, departmentsFile: configuration.departments, grids: grids,
                gridsFile: configuration.grids)
            let rules = try Ruleset(yaml: rulesText, file: configuration.rules, directory: directory)
            self.init(rules: rules, rulesText: rulesText, directory: directory, loadedAt: now)
        } catch {
            throw .configuration(error.description)
        }
    }

    private static func text(of file: String) throws(ServiceError) -> String {
        do {
            return try TextFile.read(file)
        } catch {
            throw .configuration(error.description)
        }
    }
}

/// Reads the files on a thread of its own, so that the broker's loop goes on meanwhile.
final class FileLoader: Sendable {
    private let result = Mutex<Result<RuleFiles, ServiceError>?>(nil)
    private let done: WakeUp

    init(done: WakeUp) {
        self.done = done
    }

    /// Starts reading. `done` is signalled when ``takeResult()`` has the result.
    ///
    /// - Throws: If the system has no thread to give.
    func start(_ configuration: ServiceConfiguration, now: Timestamp) throws(OwnThread.Failure) {
        try OwnThread.start("tocsin-files") { [self] in
            let loaded = Result { () throws(ServiceError) in try RuleFiles(configuration, now: now) }
            result.withLock { $0 = loaded }
            done.signal()
        }
    }

    /// Releases files that are no longer in force, on a thread of its own. Freeing a hundred thousand rules takes long
    /// enough to be felt.
    ///
    /// The caller must keep no copy: the last holder frees them.
    func discard(_ files: consuming RuleFiles) {
        // The thread empties a box. Values that its closure captures itself could outlive the closure on this thread.
        let former = Former(files)
        do {
            try OwnThread.start("tocsin-files") { former.files = nil }
        } catch {
            // Without a thread the files are freed here, and the wait is felt.
            former.files = nil
        }
    }

    /// Returns the result, once, or nil while there is none.
    func takeResult() -> Result<RuleFiles, ServiceError>? {
        result.withLock { $0.take() }
    }
}

/// Files on their way to be freed.
///
/// `@unchecked Sendable`: only the thread that frees them touches them.
private final class Former: @unchecked Sendable {
    var files: RuleFiles?

    init(_ files: consuming RuleFiles) {
        self.files = files
    }
}

extension ServiceConfiguration {
    /// Reads every file that the configuration names, and returns a line about their content.
    ///
    /// - Throws: ``TocsinService/ServiceError/configuration(_:)`` with every problem found, one a line.
    public func checked() throws(ServiceError) -> String {
        let files = try RuleFiles(self, now: SystemClock.now.wall)
        return "\(files.rules.rules.count) rules, \(files.directory.departments.count) departments, "
            + "\(files.directory.places.count) places, \(files.directory.mailboxCount) mailboxes: all right."
    }
}
