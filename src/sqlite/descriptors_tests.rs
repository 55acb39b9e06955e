use std::fs::{File, OpenOptions};
use std::os::fd::AsRawFd;
use std::path::PathBuf;
use std::rc::Rc;

use rusqlite::ffi;

use super::Descriptors;
use crate::sqlite::{Handle, OpenMode, RawStatement};

/// Two open files, gone at the end of their test.
struct Files {
    paths: [PathBuf; 2],
    open: [File; 2],
}

impl Files {
    /// `name` is no other test's.
    fn new(name: &str) -> Self {
        let path = |end: &str| {
            std::env::temp_dir().join(format!("ferrolite-{name}-{}{end}", std::process::id()))
        };
        let paths = [path(""), path("-journal")];
        let open = paths.each_ref().map(|path| {
            let mut options = OpenOptions::new();
            options.read(true).write(true).create(true).truncate(true).open(path).unwrap()
        });
        Self { paths, open }
    }

    fn descriptors(&self) -> Descriptors {
        let [database, journal] = self.open.each_ref().map(File::as_raw_fd);
        Descriptors { database, journal }
    }

    fn handle(&self) -> Rc<Handle> {
        let opened = Handle::open_descriptors(self.descriptors(), OpenMode::ReadWrite, false, 0);
        Rc::new(opened.unwrap())
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        for path in &self.paths {
            std::fs::remove_file(path).unwrap();
        }
    }
}

#[test]
fn a_database_on_descriptors_is_a_file_without_a_path() {
    let files = Files::new("descriptors-path");
    assert_eq!(files.descriptors().fault(false), 0);
    let handle = files.handle();
    RawStatement::run_all(&handle, "CREATE TABLE t (a)".to_owned()).unwrap();
    assert_eq!(handle.open_files(), []);
    let [database, journal] = &files.open;
    assert!(database.metadata().unwrap().len() > 0);
    assert_eq!(journal.metadata().unwrap().len(), 0);
}

#[test]
fn another_journal_is_refused_while_the_first_is_used() {
    let (files, other) = (Files::new("descriptors-one"), Files::new("descriptors-other"));
    let mixed = Descriptors { journal: other.descriptors().journal, ..files.descriptors() };
    let handle = files.handle();
    let error = Handle::open_descriptors(mixed, OpenMode::ReadWrite, false, 0).unwrap_err();
    assert_eq!(error.code, ffi::SQLITE_CANTOPEN);
    assert!(error.message.contains("a different journal file"), "{error}");
    drop(handle);
    assert!(Handle::open_descriptors(mixed, OpenMode::ReadWrite, false, 0).is_ok());
}

#[test]
fn a_file_that_is_in_both_places_is_a_fault() {
    let files = Files::new("descriptors-same");
    let Descriptors { database, .. } = files.descriptors();
    assert_ne!(Descriptors { database, journal: database }.fault(false), 0);
    assert_ne!(Descriptors { database: -1, journal: database }.fault(true), 0);
}
