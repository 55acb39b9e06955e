//! Opening, running and closing one connection.

use std::cell::RefCell;
use std::fmt::Write;
use std::io::Read;
use std::rc::Rc;

use crate::error::{Error, Result};
use crate::sqlite::{Descriptors, Expression, Handle, OpenMode, RawStatement};

use super::statement::Statement;

/// What a connection is opened with.
#[derive(Debug, Clone)]
pub struct OpenOptions {
    /// A file's path, `:memory:`, or `""` for a temporary file.
    pub path: String,
    /// How the file is opened. With [`OpenMode::ImmutableUri`] the path is still a plain path.
    pub mode: OpenMode,
    /// Whether names that begin with `file:` are URIs.
    pub uri: bool,
    /// How long a statement waits for another connection's lock before it fails, in milliseconds.
    pub busy_timeout_ms: i32,
}

/// One connection; after [`Connection::close`] every call answers that it is closed.
#[derive(Debug)]
pub struct Connection {
    handle: RefCell<Option<Rc<Handle>>>,
}

impl Connection {
    /// Opens the database that `options` names.
    pub fn open(options: &OpenOptions) -> Result<Self> {
        let uri;
        let path = if options.mode == OpenMode::ImmutableUri {
            uri = immutable_uri(&options.path);
            &uri
        } else {
            &options.path
        };
        let handle = Handle::open(path, options.mode, options.uri, options.busy_timeout_ms)?;
        Ok(Self { handle: RefCell::new(Some(Rc::new(handle))) })
    }

    /// Opens a database in memory with the `size` bytes that `image` gives.
    pub fn open_image(
        image: impl Read,
        size: usize,
        readonly: bool,
        busy_timeout_ms: i32,
    ) -> Result<Self> {
        let handle = Handle::open_image(image, size, readonly, busy_timeout_ms)?;
        Ok(Self { handle: RefCell::new(Some(Rc::new(handle))) })
    }

    /// Opens the database on `descriptors`, which have no [fault](Descriptors::fault), instead of the
    /// one that `options` names.
    pub fn open_descriptors(descriptors: Descriptors, options: &OpenOptions) -> Result<Self> {
        let OpenOptions { mode, uri, busy_timeout_ms, .. } = *options;
        let handle = Handle::open_descriptors(descriptors, mode, uri, busy_timeout_ms)?;
        Ok(Self { handle: RefCell::new(Some(Rc::new(handle))) })
    }

    /// Compiles one statement. See [`RawStatement::prepare`] for what is refused.
    pub fn prepare(&self, sql: String) -> Result<Statement> {
        Ok(Statement::new(RawStatement::prepare(&self.handle()?, sql)?))
    }

    /// Runs every statement of `sql`, discarding rows; stops at the first that fails.
    pub fn execute_all(&self, sql: String) -> Result<()> {
        RawStatement::run_all(&self.handle()?, sql)
    }

    /// Compiles an expression that [`Handle::create_function`] can make a function of.
    pub fn expression(&self, sql: &str) -> Result<Expression> {
        Expression::compile(&self.handle()?, sql)
    }

    /// Whether a transaction is open; `false` once the connection is closed.
    pub fn in_transaction(&self) -> bool {
        self.handle.borrow().as_ref().is_some_and(|handle| !handle.is_autocommit())
    }

    /// The open handle.
    pub fn handle(&self) -> Result<Rc<Handle>> {
        self.handle.borrow().clone().ok_or_else(Error::closed)
    }

    /// Closes the connection; closing it again does nothing.
    ///
    /// The caller has dropped the connection's statements. Should one be left, the file is closed
    /// with the last of them.
    pub fn close(&self) -> Result<()> {
        let Some(handle) = self.handle.borrow_mut().take() else {
            return Ok(());
        };
        Rc::into_inner(handle).map_or(Ok(()), Handle::close)
    }
}

/// Renders a path as the URI of a file that nothing changes.
fn immutable_uri(path: &str) -> String {
    let mut uri = String::from("file:");
    for byte in path.bytes() {
        match byte {
            b'%' | b'?' | b'#' | 0..=0x20 | 0x7f.. => {
                // Writing to a String cannot fail.
                let _ = write!(uri, "%{byte:02x}");
            }
            _ => uri.push(char::from(byte)),
        }
    }
    uri.push_str("?immutable=1");
    uri
}

#[cfg(test)]
mod tests {
    use super::immutable_uri;

    #[test]
    fn immutable_uri_escapes_what_a_uri_would_read_otherwise() {
        assert_eq!(immutable_uri("/a b/50%?#.db"), "file:/a%20b/50%25%3f%23.db?immutable=1");
        assert_eq!(immutable_uri("é.db"), "file:%c3%a9.db?immutable=1");
    }
}
