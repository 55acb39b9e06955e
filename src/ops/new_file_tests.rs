use std::fs;
use std::path::PathBuf;

use super::{NewFile, is_same_file};
use crate::ops::test_folder::Folder;

fn path(folder: &Folder, name: &str) -> PathBuf {
    folder.file(name).into()
}

#[test]
fn is_gone_unless_it_is_kept() {
    let folder = Folder::new("new-file");
    let path = path(&folder, "a");
    let file = NewFile::create(path.clone()).unwrap();
    assert!(NewFile::create(path.clone()).is_none());
    drop(file);
    assert!(!path.exists());
    NewFile::create(path.clone()).unwrap().keep();
    assert!(path.exists());
}

#[test]
fn is_left_alone_once_somebody_else_uses_it() {
    let folder = Folder::new("used-file");
    let written = path(&folder, "written");
    let file = NewFile::create(written.clone()).unwrap();
    fs::write(&written, "content").unwrap();
    drop(file);
    assert!(written.exists());

    let journaled = path(&folder, "journaled");
    let file = NewFile::create(journaled.clone()).unwrap();
    fs::write(path(&folder, "journaled-journal"), "").unwrap();
    drop(file);
    assert!(journaled.exists());
}

#[cfg(unix)]
#[test]
fn is_left_alone_once_it_is_another_file() {
    let folder = Folder::new("other-file");
    let (mine, other) = (path(&folder, "mine"), path(&folder, "other"));
    let file = NewFile::create(mine.clone()).unwrap();
    fs::write(&other, "").unwrap();
    fs::rename(&other, &mine).unwrap();
    drop(file);
    assert!(mine.exists());
}

#[test]
fn cannot_be_made_where_there_is_no_folder() {
    let folder = Folder::new("no-folder");
    assert!(NewFile::create(path(&folder, "missing/a")).is_none());
}

#[test]
fn two_names_of_one_file_are_found() {
    let folder = Folder::new("same-file");
    let (one, other) = (path(&folder, "one"), path(&folder, "other"));
    fs::write(&one, "").unwrap();
    fs::write(&other, "").unwrap();
    assert!(is_same_file(&one, &path(&folder, "./one")));
    assert!(!is_same_file(&one, &other));
    assert!(!is_same_file(&path(&folder, "none"), &path(&folder, "none")));
    #[cfg(unix)]
    {
        let hard = path(&folder, "hard");
        fs::hard_link(&one, &hard).unwrap();
        assert!(is_same_file(&one, &hard));
    }
}
