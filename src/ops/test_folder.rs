//! A folder for one test.

use std::path::PathBuf;

/// A folder that is removed at the end of its test.
pub struct Folder(PathBuf);

impl Folder {
    /// Creates the folder; `name` is no other test's.
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("ferrolite-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// The path of a file in the folder.
    pub fn file(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}
