/// The release of this tree: what both programs say they are, and what their Debian package is called by.
public enum Release {
    /// Three numbers. The changelog in `.ci/debian` begins with the same, or no package is built.
    public static let version = "0.1.0"
}
