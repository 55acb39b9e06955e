//! Loadable extensions. See <https://sqlite.org/loadext.html>.

use std::ffi::{CString, c_char, c_int};
use std::ptr;

use rusqlite::ffi;

use super::c_text;
use super::handle::Handle;
use crate::error::{Error, Kind, Result};

impl Handle {
    /// Allows [`Handle::load_extension`]; the SQL function `load_extension()` stays forbidden.
    pub(super) fn allow_extensions(&self) -> Result<()> {
        let option = ffi::SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION;
        // SAFETY: the handle is open (promise 1 of the module); this option takes an int and a
        // pointer that may be null.
        self.check(unsafe {
            ffi::sqlite3_db_config(self.raw(), option, 1 as c_int, ptr::null_mut::<c_int>())
        })
    }

    /// Loads the library at `path`, through `entry_point` or the one that SQLite derives from the name.
    ///
    /// # Errors
    ///
    /// [`Kind::Sqlite`] with `SQLITE_ERROR` and the words of the system's loader;
    /// [`Kind::BadPath`] for a NUL byte.
    pub fn load_extension(&self, path: &str, entry_point: Option<&str>) -> Result<()> {
        let bad = |_| Error::of(Kind::BadPath, "the path holds a NUL byte");
        let path = CString::new(path).map_err(bad)?;
        let entry_point = entry_point.map(CString::new).transpose().map_err(bad)?;
        let entry_point = entry_point.as_ref().map_or(ptr::null(), |name| name.as_ptr());
        let mut message: *mut c_char = ptr::null_mut();
        // SAFETY: the handle is open (promise 1 of the module); the texts end with NUL and live
        // during the call. What the library does is its author's promise, as for every addon.
        let code = unsafe {
            ffi::sqlite3_load_extension(self.raw(), path.as_ptr(), entry_point, &raw mut message)
        };
        // SAFETY: null, or a text of SQLite's that ends with NUL.
        let text = unsafe { c_text(message) };
        // SAFETY: SQLite allocated it, and null is allowed.
        unsafe { ffi::sqlite3_free(message.cast()) };
        if code == ffi::SQLITE_OK {
            return Ok(());
        }
        let error = self.error(code);
        Err(Error { message: text.unwrap_or(error.message), code, ..error })
    }
}
