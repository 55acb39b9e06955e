use super::full_path;

#[test]
fn full_path_resolves_as_opening_does() {
    let folder = std::env::current_dir().unwrap();
    assert_eq!(full_path("a.db").unwrap(), folder.join("a.db"));
    assert_eq!(full_path("x/../a.db/").unwrap(), folder.join("a.db"));
    assert_eq!(full_path("/a//b/./c.db").unwrap(), std::path::Path::new("/a/b/c.db"));
    assert_eq!(full_path("a\0b"), None);
    assert_eq!(full_path(&"d/".repeat(5000)), None);
}
