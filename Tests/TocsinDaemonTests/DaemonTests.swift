import Testing

/// The real daemon, seen through its sockets, its signals and its files.
///
/// One test at a time: each runs a process of its own, and what is measured is not to be disturbed.
@Suite(.serialized) enum DaemonTests {}
