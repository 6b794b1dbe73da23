import Glibc

/// A temporary folder for a demonstration or a measurement.
struct TemporaryFolder: Sendable {
    let path: String

    /// Creates the folder under TMPDIR, readable by this user alone.
    init(_ name: String) throws {
        let base = Environment["TMPDIR"].flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
        var template = Array("\(base)/\(name)-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw Failure(
                .invalid,
                "No folder can be made in \(base): \(String(cString: strerror(errno))). "
                    + "Set TMPDIR to a folder that can be written.")
        }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Returns the path of a file in the folder.
    func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Creates a folder in the folder.
    func makeFolder(_ name: String) throws -> String {
        let folder = file(name)
        guard mkdir(folder, 0o700) == 0 || errno == EEXIST else {
            throw Failure(.invalid, "\(folder): \(String(cString: strerror(errno)))")
        }
        return folder
    }

    /// Writes a file in the folder.
    @discardableResult
    func write(_ name: String, _ text: String) throws -> String {
        let path = file(name)
        let bytes = Array(text.utf8)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Failure(.invalid, "\(path): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
            throw Failure(.invalid, "\(path): it cannot be written: \(String(cString: strerror(errno)))")
        }
        return path
    }

    /// Runs `body`, which needs the folder, and removes the folder if it fails.
    func orRemoved<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch {
            remove()
            throw error
        }
    }

    /// Removes the folder and its contents.
    func remove() {
        Self.remove(path)
    }

    private static func remove(_ path: String) {
        if let folder = opendir(path) {
            while let entry = readdir(folder) {
                let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                }
                if name == "." || name == ".." { continue }
                let child = "\(path)/\(name)"
                // A link is removed and never followed.
                if entry.pointee.d_type == UInt8(DT_DIR) { remove(child) } else { unlink(child) }
            }
            closedir(folder)
        }
        rmdir(path)
    }
}
