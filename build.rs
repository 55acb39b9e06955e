//! Compiles the SQLite engine and declares the addon's link settings.
//!
//! Every compile-time option of the engine stands in [`DEFINES`] and nowhere else: no environment
//! variable and no cargo configuration changes it, so each way of calling cargo gives the same
//! engine; only how it is optimised may depend on a profile, see [`Profile`]. rusqlite is built with
//! `in_gecko`, which uses its prebuilt bindings and links nothing.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where the amalgamation comes from: exchange the engine by changing this line. It must be
/// generated with `SQLITE_UDL_CAPABLE_PARSER`, or `DELETE … ORDER BY … LIMIT` does not parse.
const AMALGAMATION: &str = "node_modules/better-sqlite3-multiple-ciphers/deps/sqlite3";

/// Our translation unit: includes the amalgamation and adds what must see its internals.
const UNIT: &str = "csrc/engine.c";

/// Included by the unit.
const UNIT_PARTS: &[&str] = &["csrc/fd_vfs.c", "csrc/wal_readers.c", "csrc/locks.c"];

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
    build.include(source).warnings(false).std("c11");
    // Debug builds run the whole test suite: an unoptimised engine would make it several times slower.
    build.opt_level(if std::env::var("PROFILE").as_deref() == Ok("release") { 3 } else { 1 });
    build.flag_if_supported("-fvisibility=hidden");
    // Nothing unwinds through the engine: a function of ours that it calls catches its panics. A twentieth of the addon.
    build.flag_if_supported("-fno-asynchronous-unwind-tables");
    for (name, value) in DEFINES {
        build.define(name, *value);
    }
    // Durable all the same, without waiting for the file's time stamps. Elsewhere it is missing, or
    // does less than it says.
    if matches!(std::env::var("CARGO_CFG_TARGET_OS").as_deref(), Ok("linux" | "freebsd")) {
        build.define("HAVE_FDATASYNC", "1");
    }
    // Which the engine itself knows of Linux and macOS only.
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("freebsd") {
        build.define("HAVE_PREAD", "1").define("HAVE_PWRITE", "1");
    }
    match Profile::asked_for() {
        None => build.file(UNIT),
        Some(profile) => build.object(profile.compile(&build)),
    };
    build.compile("ferrolite_engine");
}

/// What a build with a profile of the engine is for; `scripts/lib/pgo.mjs` makes both kinds.
enum Profile {
    /// Count which paths are taken; the process writes the counts into this folder when it ends.
    Generate(PathBuf),
    /// Optimise by the counts in this folder.
    Use(PathBuf),
}

impl Profile {
    /// `generate=FOLDER` or `use=FOLDER`; without it the engine is compiled without profiles.
    const VARIABLE: &str = "FERROLITE_ENGINE_PROFILE";

    fn asked_for() -> Option<Self> {
        println!("cargo::rerun-if-env-changed={}", Self::VARIABLE);
        let value = std::env::var(Self::VARIABLE).ok()?;
        match value.split_once('=') {
            Some(("generate", folder)) => Some(Self::Generate(folder.into())),
            Some(("use", folder)) => {
                println!("cargo::rerun-if-changed={folder}");
                Some(Self::Use(folder.into()))
            }
            _ => panic!("{}={value} is neither generate=FOLDER nor use=FOLDER", Self::VARIABLE),
        }
    }

    /// Compiles the engine and gives the object file.
    ///
    /// Not through cc, whose `-w` silences gcc where it finds no profile and goes on without.
    fn compile(&self, build: &cc::Build) -> PathBuf {
        let compiler = build.get_compiler();
        assert!(compiler.is_like_gnu(), "{}: only gcc's profiles are known", Self::VARIABLE);
        let object =
            Path::new(&std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR")).join("engine.o");
        let mut command = Command::new(compiler.path());
        command.args(compiler.args().iter().filter(|argument| *argument != "-w"));
        command.envs(compiler.get_envs());
        // A function's name in a profile contains the object's, unless the object goes by another.
        command.args(["-dumpdir", "./", "-dumpbase", "engine.c", "-dumpbase-ext", ".c"]);
        command.arg("-c").arg(UNIT).arg("-o").arg(&object);
        match self {
            Self::Generate(folder) => {
                // The engine runs on several threads, whose counts must not overwrite each other.
                command
                    .arg("-fprofile-update=prefer-atomic")
                    .arg(with_folder("-fprofile-generate=", folder));
                errors_of(&mut command);
                println!("cargo::rustc-link-arg=-lgcov");
            }
            Self::Use(folder) => {
                command.arg("-Wmissing-profile").arg(with_folder("-fprofile-use=", folder));
                let said = errors_of(&mut command);
                let missing = said.lines().filter(|line| line.contains("[-Wmissing-profile]"));
                let missing: Vec<_> = missing.take(9).collect();
                assert!(missing.is_empty(), "the profile does not fit:\n{}", missing.join("\n"));
                assert!(
                    has_hot_code(&object),
                    "{} is not optimised by a profile",
                    object.display()
                );
            }
        }
        object
    }
}

fn with_folder(flag: &str, folder: &Path) -> OsString {
    let mut argument = OsString::from(flag);
    argument.push(folder);
    argument
}

/// Runs a compiler, which must succeed; gives what it said on its standard error.
fn errors_of(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{command:?}: {}\n{said}", output.status);
    said
}

/// Whether the engine's inner loop stands where gcc puts what a profile says is hot.
fn has_hot_code(object: &Path) -> bool {
    let section = b".text.hot.sqlite3VdbeExec\0";
    let content = std::fs::read(object).expect("the compiler wrote the object");
    content.windows(section.len()).any(|bytes| bytes == section)
}
