//! A file that is to exist only if what was to be written into it was.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};

/// Device and number of the file at `path`, links followed; `None` if there is none.
#[cfg(unix)]
pub fn file_number(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(path).ok().map(|metadata| (metadata.dev(), metadata.ino()))
}

/// This system does not say.
#[cfg(not(unix))]
pub fn file_number(_: &Path) -> Option<(u64, u64)> {
    None
}

/// Whether two paths name one file: by its number, or where the system does not say, by the path that
/// it has without links.
pub fn is_same_file(one: &Path, other: &Path) -> bool {
    match (file_number(one), file_number(other)) {
        (Some(one), Some(other)) => one == other,
        _ => {
            fs::canonicalize(one).is_ok_and(|one| fs::canonicalize(other).is_ok_and(|it| it == one))
        }
    }
}

/// A database file that did not exist before; deleted when dropped, unless it is kept.
///
/// It is left alone if meanwhile it is another file, is no longer empty, or has a journal: then
/// somebody else writes there, or will, or SQLite has to read the journal first.
#[derive(Debug)]
pub struct NewFile {
    path: PathBuf,
    number: Option<(u64, u64)>,
    kept: bool,
}

impl NewFile {
    /// Creates an empty file. `None` if there is one already, or none can be created.
    pub fn create(path: PathBuf) -> Option<Self> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        // The permissions that SQLite gives to its files.
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o644);
        options.open(&path).ok()?;
        Some(Self { number: file_number(&path), path, kept: false })
    }

    /// Leaves the file where it is.
    pub fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        let mut journal = self.path.clone().into_os_string();
        journal.push("-journal");
        let is_empty = fs::metadata(&self.path).is_ok_and(|file| file.len() == 0);
        if !self.kept
            && is_empty
            && file_number(&self.path) == self.number
            && !Path::new(&journal).exists()
        {
            // Nobody is left to hear that it cannot be deleted.
            drop(fs::remove_file(&self.path));
        }
    }
}

#[cfg(test)]
#[path = "new_file_tests.rs"]
mod tests;
