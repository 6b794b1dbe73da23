import Glibc
import TocsinRouting
import Yams
public import ZeroMQ

/// A CURVE key pair in a file that only its owner may read.
///
///     public: "…40 characters of Z85…"
///     secret: "…40 characters of Z85…"
///
/// Its problems never repeat what stands in the file.
public enum KeyFile {
    /// A key file that cannot be used. The description says what to do.
    public struct Problem: Error, Hashable, Sendable, CustomStringConvertible {
        public let description: String

        init(_ description: String) {
            self.description = description
        }
    }

    /// Reads a key pair.
    ///
    /// - Throws: a ``Problem`` if the file is missing, can be read by others, lacks a half, or its halves are no pair.
    public static func read(_ path: String) throws(Problem) -> CurveKeyPair {
        let content = try content(of: path)
        guard lone(content) == nil else {
            throw Problem(
                "\(path) has one key alone, as 'tocsin keys show' prints a public one. The file of the pair is needed, as "
                    + "'tocsin keys make' wrote it")
        }
        let texts = try halves(of: content, path)
        guard let secretText = texts.secret else {
            throw Problem(
                "\(path) has no 'secret': it is the public half of a pair. The file of the pair is needed, as "
                    + "'tocsin keys make' wrote it")
        }
        try checkThatOthersCannotRead(path)
        guard let publicText = texts.public else {
            throw Problem(
                "\(path) has no 'public'; both halves of the pair are needed, as 'tocsin keys make' wrote them")
        }
        let pair: CurveKeyPair
        do {
            pair = try CurveKeyPair(secretKey: CurveSecretKey(z85: secretText))
        } catch {
            throw Problem("\(path): 'secret' is no key; it is 40 characters of Z85 in double quotes")
        }
        guard pair.publicKey.z85 == publicText else {
            throw Problem("\(path): 'public' and 'secret' are no pair; make another with 'tocsin keys make'")
        }
        return pair
    }

    /// Reads a public key from its text, or from a file that has one: a key file, or what 'tocsin keys show' prints.
    ///
    /// A path may have 40 characters of Z85, too: a file of that name comes first.
    ///
    /// - Throws: a ``Problem`` for what is neither 40 characters of Z85 nor a file with a public key, and for halves that are
    ///   no pair.
    public static func publicKey(_ keyOrFile: String) throws(Problem) -> CurvePublicKey {
        guard access(keyOrFile, F_OK) == 0 else {
            let code = errno
            // A key may have a slash and none of the signs that paths have not; it seldom ends as the names of key files.
            if !KeyText.isNamedAsFile(keyOrFile), let key = try? CurvePublicKey(z85: keyOrFile) { return key }
            if KeyText.isPath(keyOrFile) { throw Problem(TextFile.Problem(keyOrFile, code: code).description) }
            throw Problem(
                "This public key is neither 40 characters of Z85 nor a file; 'tocsin keys show FILE' prints a file's")
        }
        let content = try content(of: keyOrFile)
        if let key = lone(content) { return key }
        let texts = try halves(of: content, keyOrFile)
        guard let text = texts.public, let key = try? CurvePublicKey(z85: text) else {
            throw Problem("\(keyOrFile) has no 'public' with 40 characters of Z85 in double quotes")
        }
        // Who has changed the halves round would tell everybody the secret.
        if let secret = texts.secret {
            guard (try? CurveKeyPair(secretKey: CurveSecretKey(z85: secret)))?.publicKey == key else {
                throw Problem("\(keyOrFile): 'public' and 'secret' are no pair; make another with 'tocsin keys make'")
            }
        }
        return key
    }

    /// Makes a pair and writes it into a new file, which its owner alone may read.
    ///
    /// - Parameters:
    ///   - path: the file's path. A file that is there stays as it is.
    ///   - heading: comment lines for the file's head.
    /// - Throws: a ``Problem`` if there is such a file, or it cannot be written.
    public static func make(_ path: String, heading: [String]) throws(Problem) -> CurveKeyPair {
        let pair: CurveKeyPair
        do {
            pair = try CurveKeyPair.generate()
        } catch {
            throw Problem("No key can be made: \(error)")
        }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw errno == EEXIST
                ? Problem(
                    "\(path) is there already, and a key is never overwritten; give another name, or move that file")
                : Problem("\(path) cannot be made: \(String(cString: strerror(errno)))")
        }
        let text =
            heading.map { "# \($0)\n" }.joined()
            + "public: \"\(pair.publicKey.z85)\"\nsecret: \"\(pair.secretKey.z85)\"\n"
        let bytes = Array(text.utf8)
        let isWritten = Glibc.write(descriptor, bytes, bytes.count) == bytes.count && fsync(descriptor) == 0
        let code = errno
        guard close(descriptor) == 0, isWritten else {
            unlink(path)
            throw Problem("\(path) cannot be written: \(String(cString: strerror(code)))")
        }
        return pair
    }

    private static func content(of path: String) throws(Problem) -> String {
        do throws(TextFile.Problem) {
            return try TextFile.read(path)
        } catch {
            throw Problem(error.description)
        }
    }

    /// The key that is all of a text.
    private static func lone(_ text: String) -> CurvePublicKey? {
        let words = text.split(whereSeparator: \.isWhitespace)
        return words.count == 1 ? try? CurvePublicKey(z85: String(words[0])) : nil
    }

    private static func halves(of text: String, _ path: String) throws(Problem) -> (public: String?, secret: String?) {
        var reader = FileReader(file: path)
        guard let root = reader.compose(text),
            let fields = reader.fields(of: root, "a key file", keys: ["public", "secret"])
        else {
            // A message of the YAML reader could repeat what stands there.
            let place = reader.inOrder.first.map { "\($0.file):\($0.line):\($0.column)" } ?? path
            throw Problem("\(place): this is no key file, which has public: \"…\" and secret: \"…\"")
        }
        guard reader.problems.isEmpty else {
            throw Problem("\(path): only 'public' and 'secret' are keys of a key file, each once, in double quotes")
        }
        return (fields["public"]?.scalar?.string, fields["secret"]?.scalar?.string)
    }

    private static func checkThatOthersCannotRead(_ path: String) throws(Problem) {
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw Problem("\(path) cannot be read: \(String(cString: strerror(errno)))")
        }
        guard status.st_mode & 0o077 == 0 else {
            let mode = String(status.st_mode & 0o777, radix: 8)
            throw Problem(
                "\(path) can be read by others (mode 0\(mode)), and so could its secret. Say 'chmod 600 \(path)'; if "
                    + "others may have read it, make a new pair")
        }
    }
}
