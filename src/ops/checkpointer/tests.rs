use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use super::policy::{Alarm, Limits};
use super::{Checkpointer, Event, Settings};
use crate::conn::{Connection, OpenOptions};
use crate::error::Kind;
use crate::ops::test_folder::Folder;
use crate::sqlite::{CheckpointMode, OpenMode, WhoReads};

fn open(path: &str) -> Connection {
    let path = path.to_owned();
    Connection::open(&OpenOptions {
        path,
        mode: OpenMode::Create,
        uri: false,
        busy_timeout_ms: 5000,
    })
    .unwrap()
}

fn run(connection: &Connection, sql: &str) {
    connection.execute_all(sql.to_owned()).unwrap();
}

/// A connection to a new database in WAL mode that leaves checkpoints to others.
fn with_log(path: &str) -> Connection {
    let connection = open(path);
    run(
        &connection,
        "PRAGMA journal_mode = wal; PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (a)",
    );
    connection
}

const FILL: &str = "INSERT INTO t SELECT randomblob(4000) FROM json_each('[1,2,3,4,5,6,7,8,9,10]')";

fn settings(path: &str) -> Settings {
    let day = Duration::from_hours(24);
    Settings {
        path: path.to_owned(),
        poll: Duration::from_millis(1),
        limits: Limits {
            passive_frames: 10,
            passive_interval: day,
            truncate_bytes: u64::MAX,
            max_bytes: u64::MAX,
            idle: day,
            idle_truncate_bytes: u64::MAX,
            busy_timeout: Duration::from_millis(50),
            snapshot_age: Duration::ZERO,
        },
    }
}

/// A checkpointer, and what wakes its owner.
fn start(settings: Settings) -> (Checkpointer, Receiver<()>) {
    let (wake, woken) = channel();
    let waker = Box::new(move || {
        // Nobody listens at the end of a test.
        let _ = wake.send(());
    });
    (Checkpointer::start(settings, waker).unwrap(), woken)
}

/// The first event for which `wanted` is true.
fn event(checkpointer: &Checkpointer, woken: &Receiver<()>, wanted: fn(&Event) -> bool) -> Event {
    loop {
        woken.recv().unwrap();
        if let Some(event) = checkpointer.take().into_iter().find(wanted) {
            return event;
        }
    }
}

fn end(checkpointer: &Checkpointer) {
    checkpointer.stop();
    assert!(checkpointer.wait(Duration::from_mins(1)));
}

#[test]
fn what_is_written_is_copied_without_waiting() {
    let folder = Folder::new("checkpointer-passive");
    let path = folder.file("a.db");
    let writer = with_log(&path);
    let (checkpointer, woken) = start(settings(&path));
    run(&writer, FILL);
    let Event::Checkpoint(made) =
        event(&checkpointer, &woken, |event| matches!(event, Event::Checkpoint(_)))
    else {
        unreachable!()
    };
    assert_eq!(made.mode, CheckpointMode::Passive);
    assert_eq!(made.outcome.wal_frames, made.outcome.checkpointed_frames);
    end(&checkpointer);
    let stats = checkpointer.stats();
    assert!(stats.passive >= 1 && stats.truncated == 0, "{stats:?}");
    writer.close().unwrap();
    assert!(!std::path::Path::new(&format!("{path}-wal")).exists(), "nobody keeps the log");
}

#[test]
fn a_large_log_is_truncated() {
    let folder = Folder::new("checkpointer-truncate");
    let path = folder.file("a.db");
    let writer = with_log(&path);
    let mut settings = settings(&path);
    settings.limits.truncate_bytes = 40_000;
    let (checkpointer, woken) = start(settings);
    run(&writer, FILL);
    let truncated = |event: &Event| matches!(event, Event::Checkpoint(made) if made.mode == CheckpointMode::Truncate && !made.outcome.busy);
    let Event::Checkpoint(made) = event(&checkpointer, &woken, truncated) else { unreachable!() };
    assert_eq!(made.bytes, 0);
    end(&checkpointer);
}

#[cfg(unix)]
#[test]
fn a_snapshot_that_holds_the_log_is_reported_with_its_connection_and_the_log_copied_once_it_ends() {
    let folder = Folder::new("checkpointer-held");
    let path = folder.file("a.db");
    let writer = with_log(&path);
    let reader = open(&path);
    run(&reader, "BEGIN; SELECT * FROM t");
    let (checkpointer, woken) = start(settings(&path));
    run(&writer, FILL);
    run(&writer, FILL);
    let held = |event: &Event| matches!(event, Event::Alarm(Alarm::Held, ..));
    let Event::Alarm(_, log, sightings, _) = event(&checkpointer, &woken, held) else {
        unreachable!()
    };
    assert!(log.pending() >= 20, "{log:?}");
    let who = &sightings.0[0].reader.who;
    let number = Some(reader.handle().unwrap().number());
    assert!(matches!(who, WhoReads::Connection { number: seen, .. } if *seen == number), "{who:?}");

    run(&reader, "COMMIT");
    let all = |event: &Event| matches!(event, Event::Checkpoint(made) if made.outcome.wal_frames == made.outcome.checkpointed_frames);
    event(&checkpointer, &woken, all);
    end(&checkpointer);
}

#[test]
fn everything_is_left_to_litestream_where_it_has_the_file() {
    let folder = Folder::new("checkpointer-litestream");
    let path = folder.file("a.db");
    std::fs::create_dir(folder.file(".a.db-litestream")).unwrap();
    let writer = with_log(&path);
    run(&writer, FILL);
    let (checkpointer, _woken) = start(settings(&path));
    while checkpointer.stats().log.frames == 0 {
        std::thread::yield_now();
    }
    end(&checkpointer);
    let stats = checkpointer.stats();
    assert!(stats.stepped_back && stats.last.is_none(), "{stats:?}");
}

#[test]
fn a_file_that_is_replaced_is_opened_anew() {
    let folder = Folder::new("checkpointer-moved");
    let path = folder.file("a.db");
    drop(with_log(&path));
    let (checkpointer, woken) = start(settings(&path));
    for suffix in ["", "-wal", "-shm"] {
        std::fs::rename(format!("{path}{suffix}"), folder.file(&format!("old{suffix}"))).unwrap();
    }
    let writer = with_log(&path);
    run(&writer, FILL);
    event(&checkpointer, &woken, |event| matches!(event, Event::Moved));
    event(&checkpointer, &woken, |event| matches!(event, Event::Checkpoint(_)));
    end(&checkpointer);
}

#[test]
fn a_file_that_is_missing_foreign_or_without_a_log_is_refused_and_leaves_nothing_open() {
    let folder = Folder::new("checkpointer-refused");
    let refused = |path: &str| Checkpointer::start(settings(path), Box::new(|| ())).err().unwrap();
    let missing = folder.file("none.db");
    assert_eq!(refused(&missing).code, 14);
    assert!(!std::path::Path::new(&missing).exists());
    let text = folder.file("a.txt");
    std::fs::write(&text, "no database ".repeat(1000)).unwrap();
    assert_eq!(refused(&text).code, 26);
    let plain = folder.file("plain.db");
    run(&open(&plain), "CREATE TABLE t (a)");
    assert_eq!(refused(&plain).kind, Kind::NotWal);
}

#[test]
fn stopping_ends_the_thread_and_tells_nobody_afterwards() {
    let folder = Folder::new("checkpointer-stop");
    let path = folder.file("a.db");
    let writer = with_log(&path);
    let (checkpointer, woken) = start(settings(&path));
    drop(checkpointer.shut());
    run(&writer, FILL);
    while checkpointer.stats().passive == 0 {
        std::thread::yield_now();
    }
    end(&checkpointer);
    assert!(checkpointer.has_ended());
    assert!(checkpointer.take().is_empty());
    assert!(woken.recv().is_err(), "the waker was given back");
}
