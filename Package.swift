// swift-tools-version: 6.2
import PackageDescription

/// Every target of ours treats warnings as errors; the build command adds the import check
/// (`--explicit-target-dependency-import-check error`), so that this graph is what the compiler holds.
let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// What strangers and disks feed, a little changed, from fixed seeds; in place of the tests, where `.ci/fuzz` asks for
/// it, libFuzzer over the same.
let fuzzed: [Target.Dependency] = [
    "TocsinModel", "TocsinRouting", "TocsinDuty", "TocsinConfiguration", "TocsinWire", "TocsinJournal", "TocsinCore",
    "TocsinSQLite",
    "JournalContract",
]
let fuzzing: Target =
    Context.environment["TOCSIN_LIBFUZZER"] == nil
    ? .testTarget(
        name: "FuzzTests", dependencies: fuzzed + ["TocsinSimulator", .product(name: "GRDB", package: "GRDB.swift")],
        exclude: ["LibFuzzer"], swiftSettings: strict)
    : .executableTarget(
        name: "fuzz", dependencies: fuzzed, path: "Tests/FuzzTests", sources: ["Targets", "LibFuzzer"],
        swiftSettings: strict)

let package = Package(
    name: "tocsin",
    products: [
        .executable(name: "tocsind", targets: ["tocsind"]),
        .executable(name: "tocsin", targets: ["tocsin"]),
        .library(name: "TocsinClient", targets: ["TocsinClient"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // C libraries, by pkg-config, from Debian packages.
        .systemLibrary(name: "CZeroMQ", pkgConfig: "libzmq", providers: [.apt(["libzmq3-dev"])]),
        .systemLibrary(name: "CSystemd", pkgConfig: "libsystemd", providers: [.apt(["libsystemd-dev"])]),
        .systemLibrary(name: "CISAL", pkgConfig: "libisal", providers: [.apt(["libisal-dev"])]),
        // Takes malloc's place in the daemon, by being linked. It has no pkg-config file.
        .systemLibrary(name: "CMimalloc", providers: [.apt(["libmimalloc-dev"])]),
        // What the C library has no functions for.
        .systemLibrary(name: "CLinux"),
        // Sines and cosines, without the doors of the C library.
        .systemLibrary(name: "CMath"),
        // Bounds on connections, by standing in front of the calls with which libzmq takes them.
        .target(name: "CConnections"),
        .target(name: "CSimdJSON", linkerSettings: [.linkedLibrary("simdjson")]),
        .target(name: "CRE2", linkerSettings: [.linkedLibrary("re2")]),

        // Thin wrappers; no broker knowledge.
        .target(name: "ZeroMQ", dependencies: ["CConnections", "CZeroMQ"], swiftSettings: strict),
        .target(name: "Threads", dependencies: ["CLinux"], swiftSettings: strict),
        .target(
            name: "Systemd",
            dependencies: ["CSystemd", "Threads", .product(name: "Logging", package: "swift-log")],
            swiftSettings: strict),

        // The broker, from values up to the daemon.
        .target(name: "TocsinModel", dependencies: ["CMath", "CSimdJSON"], swiftSettings: strict),
        .target(
            name: "TocsinRouting", dependencies: ["CRE2", "TocsinModel", .product(name: "Yams", package: "Yams")],
            swiftSettings: strict),
        // Who is on duty for whom.
        .target(
            name: "TocsinDuty",
            dependencies: ["TocsinModel", "TocsinRouting", .product(name: "Yams", package: "Yams")],
            swiftSettings: strict),
        // Proof of rules before anybody relies on them.
        .target(name: "TocsinProof", dependencies: ["TocsinModel", "TocsinRouting"], swiftSettings: strict),
        .target(
            name: "TocsinAccess",
            dependencies: ["TocsinModel", "TocsinRouting", .product(name: "Yams", package: "Yams")],
            swiftSettings: strict),
        .target(
            name: "TocsinConfiguration",
            dependencies: [
                "TocsinModel", "TocsinRouting", "TocsinDuty", "TocsinAccess", "ZeroMQ",
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: strict),
        .target(name: "TocsinWire", dependencies: ["TocsinModel"], swiftSettings: strict),
        .target(name: "TocsinJournal", dependencies: ["CISAL", "TocsinModel"], swiftSettings: strict),
        .target(
            name: "TocsinCore",
            dependencies: [
                "TocsinModel", "TocsinRouting", "TocsinDuty", "TocsinAccess", "TocsinWire", "TocsinJournal",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HeapModule", package: "swift-collections"),
            ],
            swiftSettings: strict),
        .target(
            name: "TocsinSQLite",
            dependencies: [
                "CLinux", "Threads", "TocsinModel", "TocsinJournal", .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            swiftSettings: strict),
        .target(
            name: "TocsinService",
            dependencies: [
                "ZeroMQ", "Systemd", "Threads", "TocsinModel", "TocsinRouting", "TocsinDuty", "TocsinAccess",
                "TocsinWire",
                "TocsinConfiguration", "TocsinJournal", "TocsinCore",
                .product(name: "BasicContainers", package: "swift-collections"),
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "tocsind",
            dependencies: [
                "CMimalloc", "Systemd", "Threads", "TocsinModel", "TocsinService", "TocsinSQLite",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),

        // What connects to it.
        .target(
            name: "TocsinClient", dependencies: ["Threads", "TocsinModel", "TocsinWire", "ZeroMQ"],
            swiftSettings: strict),
        .executableTarget(
            name: "tocsin",
            dependencies: [
                "CLinux", "ZeroMQ", "TocsinModel", "TocsinRouting", "TocsinDuty", "TocsinProof", "TocsinAccess",
                "TocsinConfiguration", "TocsinWire", "TocsinClient", "TocsinJournal", "TocsinCore", "TocsinSQLite",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Histogram", package: "hdrhistogram-swift"),
            ],
            swiftSettings: strict),

        // A virtual town around the core: clock, network, disk and people, from one seed.
        .target(
            name: "TocsinSimulator",
            dependencies: ["TocsinModel", "TocsinRouting", "TocsinWire", "TocsinJournal", "TocsinCore"],
            swiftSettings: strict),

        // Tests, a folder for each room.
        .testTarget(name: "TocsinModelTests", dependencies: ["TocsinModel"], swiftSettings: strict),
        .testTarget(name: "TocsinWireTests", dependencies: ["TocsinModel", "TocsinWire"], swiftSettings: strict),
        .testTarget(
            name: "TocsinCoreTests",
            dependencies: [
                "TocsinModel", "TocsinRouting", "TocsinDuty", "TocsinWire", "TocsinJournal", "TocsinCore",
                "JournalContract",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "TocsinSimulatorTests", dependencies: ["Threads", "TocsinSimulator"], swiftSettings: strict),
        .testTarget(
            name: "TocsinClientTests",
            dependencies: ["Threads", "TocsinClient", "TocsinModel", "TocsinWire", "ZeroMQ"],
            swiftSettings: strict),
        .testTarget(
            name: "TocsinCLITests",
            dependencies: [
                "tocsin", "TocsinClient", "TocsinConfiguration", "TocsinCore", "TocsinModel", "TocsinRouting",
                "TocsinWire",
                "TocsinJournal", "TocsinSQLite", "JournalContract",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
        .testTarget(name: "ZeroMQTests", dependencies: ["ZeroMQ"], swiftSettings: strict),
        .testTarget(name: "ThreadsTests", dependencies: ["Threads"], swiftSettings: strict),
        .testTarget(
            name: "SystemdTests", dependencies: ["Systemd", .product(name: "Logging", package: "swift-log")],
            swiftSettings: strict),
        .testTarget(
            name: "TocsinConfigurationTests",
            dependencies: ["TocsinAccess", "TocsinConfiguration", "TocsinModel", "ZeroMQ"],
            swiftSettings: strict),
        .testTarget(
            name: "TocsinRoutingTests", dependencies: ["TocsinModel", "TocsinRouting", "TocsinSimulator"],
            swiftSettings: strict),
        .testTarget(
            name: "TocsinDutyTests",
            dependencies: ["TocsinConfiguration", "TocsinDuty", "TocsinModel", "TocsinRouting"], swiftSettings: strict),
        .testTarget(
            name: "TocsinProofTests", dependencies: ["TocsinModel", "TocsinProof", "TocsinRouting", "TocsinSimulator"],
            swiftSettings: strict),
        .testTarget(
            name: "TocsinAccessTests", dependencies: ["TocsinAccess", "TocsinModel", "TocsinRouting"],
            swiftSettings: strict),
        .target(
            name: "JournalContract", dependencies: ["TocsinModel", "TocsinJournal"], path: "Tests/JournalContract",
            swiftSettings: strict),
        .testTarget(
            name: "TocsinJournalTests", dependencies: ["TocsinModel", "TocsinJournal", "JournalContract"],
            swiftSettings: strict),
        .testTarget(
            name: "TocsinSQLiteTests",
            dependencies: [
                "TocsinModel", "TocsinJournal", "TocsinSQLite", "JournalContract",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "TocsinServiceTests",
            dependencies: [
                "ZeroMQ", "Threads", "TocsinModel", "TocsinRouting", "TocsinAccess", "TocsinWire", "TocsinJournal",
                "TocsinCore",
                "TocsinService", "JournalContract", .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        .testTarget(name: "TocsinDaemonTests", dependencies: ["ZeroMQ", "tocsin", "tocsind"], swiftSettings: strict),
        .testTarget(name: "TidyTests", swiftSettings: strict),
        fuzzing,

        // Storms by their seeds, for a look at one that fails and for the planted faults.
        .executableTarget(
            name: "simulate", dependencies: ["TocsinSimulator"], path: "Tests/Simulate", swiftSettings: strict),

        // A fixed amount of work, whose instructions the checks count.
        .executableTarget(
            name: "instruction-counts",
            dependencies: ["TocsinModel", "TocsinRouting", "TocsinWire", "TocsinJournal", "TocsinCore", "ZeroMQ"],
            path: "Tests/InstructionCounts", exclude: ["recorded"], swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)
