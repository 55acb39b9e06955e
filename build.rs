//! Compiles the SQLite engine and declares the addon's link settings.
//!
//! Every compile-time option of the engine stands in [`DEFINES`] and nowhere else: no environment
//! variable and no cargo configuration changes it, so each way of calling cargo gives the same
//! engine. rusqlite is built with `in_gecko`, which uses its prebuilt bindings and links nothing.

use std::path::Path;

/// Where the amalgamation comes from: exchange the engine by changing this line. It must be
/// generated with `SQLITE_UDL_CAPABLE_PARSER`, or `DELETE … ORDER BY … LIMIT` does not parse.
const AMALGAMATION: &str = "node_modules/better-sqlite3-multiple-ciphers/deps/sqlite3";

/// Our translation unit: includes the amalgamation and adds what must see its internals.
const UNIT: &str = "csrc/engine.c";

/// Included by the unit.
const UNIT_PARTS: &[&str] = &["csrc/fd_vfs.c"];

/// The engine's compile-time options; see <https://sqlite.org/compile.html>.
const DEFINES: &[(&str, Option<&str>)] = &[
    // What the platforms we build for all have.
    ("HAVE_INT8_T", Some("1")),
    ("HAVE_INT16_T", Some("1")),
    ("HAVE_INT32_T", Some("1")),
    ("HAVE_UINT8_T", Some("1")),
    ("HAVE_UINT16_T", Some("1")),
    ("HAVE_UINT32_T", Some("1")),
    ("HAVE_STDINT_H", Some("1")),
    ("HAVE_USLEEP", Some("1")),
    // Behaviour that better-sqlite3's users see.
    ("SQLITE_DEFAULT_CACHE_SIZE", Some("-16000")),
    ("SQLITE_DEFAULT_FOREIGN_KEYS", Some("1")),
    ("SQLITE_DEFAULT_MEMSTATUS", Some("0")),
    ("SQLITE_DEFAULT_WAL_SYNCHRONOUS", Some("1")),
    ("SQLITE_DQS", Some("0")),
    ("SQLITE_LIKE_DOESNT_MATCH_BLOBS", None),
    ("SQLITE_OMIT_DEPRECATED", None),
    ("SQLITE_OMIT_SHARED_CACHE", None),
    ("SQLITE_OMIT_TCL_VARIABLE", None),
    ("SQLITE_SOUNDEX", None),
    // A connection is used by one thread at a time; Rust's types hold that promise.
    ("SQLITE_THREADSAFE", Some("2")),
    ("SQLITE_TRACE_SIZE_LIMIT", Some("32")),
    ("SQLITE_USE_URI", Some("0")),
    ("SQLITE_ENABLE_COLUMN_METADATA", None),
    ("SQLITE_ENABLE_DBSTAT_VTAB", None),
    ("SQLITE_ENABLE_DESERIALIZE", None),
    ("SQLITE_ENABLE_FTS3", None),
    ("SQLITE_ENABLE_FTS3_PARENTHESIS", None),
    ("SQLITE_ENABLE_FTS4", None),
    ("SQLITE_ENABLE_FTS5", None),
    ("SQLITE_ENABLE_GEOPOLY", None),
    ("SQLITE_ENABLE_JSON1", None),
    ("SQLITE_ENABLE_MATH_FUNCTIONS", None),
    ("SQLITE_ENABLE_PERCENTILE", None),
    ("SQLITE_ENABLE_RTREE", None),
    ("SQLITE_ENABLE_STAT4", None),
    ("SQLITE_ENABLE_UPDATE_DELETE_LIMIT", None),
    // Ours: changesets, the table of prepared statements. The progress handler stays in.
    ("SQLITE_ENABLE_SESSION", None),
    ("SQLITE_ENABLE_PREUPDATE_HOOK", None),
    ("SQLITE_ENABLE_STMTVTAB", None),
    // The addon carries its own copy of the engine: nothing outside may bind to its symbols.
    ("SQLITE_API", Some("")),
    ("SQLITE_EXTERN", Some("extern")),
];

/// The oldest engine that may be compiled: earlier ones can corrupt a WAL database when two
/// connections write and checkpoint at the same moment. See <https://sqlite.org/wal.html>.
const OLDEST_VERSION: u32 = 3_051_003;
/// A release that SQLite withdrew.
const WITHDRAWN_VERSIONS: &[u32] = &[3_052_000];

fn main() {
    let source = Path::new(AMALGAMATION);
    for file in ["sqlite3.c", "sqlite3.h"] {
        println!("cargo::rerun-if-changed={AMALGAMATION}/{file}");
    }
    for file in std::iter::once(&UNIT).chain(UNIT_PARTS) {
        println!("cargo::rerun-if-changed={file}");
    }
    check_version(&source.join("sqlite3.h"));
    compile(source);
    napi_build::setup();
}

/// Stops the build unless the engine in `header` is one that cannot corrupt a database.
fn check_version(header: &Path) {
    let text = std::fs::read_to_string(header).unwrap_or_else(|error| {
        panic!("cannot read the SQLite source {}: {error}; run `npm ci` first", header.display())
    });
    let version = text
        .lines()
        .find_map(|line| line.strip_prefix("#define SQLITE_VERSION_NUMBER"))
        .and_then(|number| number.trim().parse::<u32>().ok())
        .unwrap_or_else(|| panic!("no SQLITE_VERSION_NUMBER in {}", header.display()));
    assert!(
        version >= OLDEST_VERSION && !WITHDRAWN_VERSIONS.contains(&version),
        "SQLite {version} is refused: versions below {OLDEST_VERSION} can corrupt WAL databases, {WITHDRAWN_VERSIONS:?} are withdrawn"
    );
}

fn compile(source: &Path) {
    let mut build = cc::Build::new();
    build.file(UNIT).include(source).warnings(false).std("c11");
    // Debug builds run the whole test suite: an unoptimised engine would make it several times slower.
    build.opt_level(if std::env::var("PROFILE").as_deref() == Ok("release") { 3 } else { 1 });
    build.flag_if_supported("-fvisibility=hidden");
    for (name, value) in DEFINES {
        build.define(name, *value);
    }
    // Durable all the same, without waiting for the file's time stamps. Elsewhere it is missing, or
    // does less than it says.
    if matches!(std::env::var("CARGO_CFG_TARGET_OS").as_deref(), Ok("linux" | "freebsd")) {
        build.define("HAVE_FDATASYNC", "1");
    }
    build.compile("ferrolite_engine");
}
