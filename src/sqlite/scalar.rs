//! Functions of the user that take arguments and give one value.
//!
//! Not through rusqlite, whose layers cost as much as the reading of the arguments does. They run while a
//! statement executes, so whatever they use of their connection must bear that.

use std::ffi::{CString, c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::slice;

use rusqlite::ffi;

use super::function::FunctionOptions;
use super::handle::Handle;
use super::row::{Cell, RawValue, Row};
use super::value::{DEFECT, code_of};
use crate::error::{Error, Kind, Result};

/// `SQLITE_UTF8`, in the type that `sqlite3_result_text64` takes.
const UTF8: u8 = 1;
const _: () = assert!(ffi::SQLITE_UTF8 == 1);

/// Most calls have no more arguments than this; then reading them allocates nothing.
const INLINE_ARGUMENTS: usize = 4;

/// A function of its arguments.
pub trait ScalarFunction: 'static {
    /// Runs for one call, and gives its result unless that is NULL.
    fn call(&self, call: &ScalarCall<'_>) -> Result<()>;
}

/// One call, with its arguments borrowed from SQLite.
pub struct ScalarCall<'call> {
    context: *mut ffi::sqlite3_context,
    arguments: &'call [*mut ffi::sqlite3_value],
}

impl ScalarCall<'_> {
    /// How many arguments there are.
    pub fn count(&self) -> usize {
        self.arguments.len()
    }

    /// Reads all arguments: numbers and NULL into the slot of their position, as `docs/row-batch.md`
    /// describes. All others are given to `other`, left to right, with that slot.
    ///
    /// # Panics
    ///
    /// Unless there is a slot for each.
    pub fn read(
        &self,
        slots: &mut [u64],
        integers_whole: bool,
        mut other: impl FnMut(usize, &mut u64, Cell<'_>) -> Result<()>,
    ) -> Result<()> {
        let mut inline = [RawValue::NONE; INLINE_ARGUMENTS];
        let mut many;
        let buffer = if self.count() <= INLINE_ARGUMENTS {
            &mut inline[..]
        } else {
            many = vec![RawValue::NONE; self.count()];
            &mut many[..]
        };
        // SAFETY: the function is being called for as long as `self` lives.
        let row = unsafe { Row::of_arguments(self.arguments, buffer, slots, integers_whole) }?;
        for (position, cell) in row.values() {
            other(position, &mut slots[position], cell)?;
        }
        Ok(())
    }

    /// Makes `result`, which SQLite copies, the result of the call.
    pub fn give(&self, result: Cell<'_>) {
        let context = self.context;
        match result {
            // SAFETY: the context is live for as long as `self` is.
            Cell::Null => unsafe { ffi::sqlite3_result_null(context) },
            // SAFETY: as above.
            Cell::Integer(value) => unsafe { ffi::sqlite3_result_int64(context, value) },
            // SAFETY: as above.
            Cell::Real(value) => unsafe { ffi::sqlite3_result_double(context, value) },
            Cell::Text(utf8) => {
                let (start, size) = (utf8.as_ptr().cast(), utf8.len() as u64);
                let copy = ffi::SQLITE_TRANSIENT();
                // SAFETY: as above; the text lives during the call, in which it is copied.
                unsafe { ffi::sqlite3_result_text64(context, start, size, copy, UTF8) };
            }
            Cell::Blob(bytes) => {
                let (start, size) = (bytes.as_ptr().cast(), bytes.len() as u64);
                let copy = ffi::SQLITE_TRANSIENT();
                // SAFETY: as for a text.
                unsafe { ffi::sqlite3_result_blob64(context, start, size, copy) };
            }
        }
    }

    /// Binds the arguments to the parameters of `stmt`, which copies them. Answers SQLite's code.
    ///
    /// # Safety
    ///
    /// `stmt` is live and not running, and no other thread uses its connection.
    pub(super) unsafe fn bind_to(&self, stmt: *mut ffi::sqlite3_stmt) -> c_int {
        for (index, &argument) in (1..).zip(self.arguments) {
            // SAFETY: the caller's promise; the argument lives for as long as `self`.
            let code = unsafe { ffi::sqlite3_bind_value(stmt, index, argument) };
            if code != ffi::SQLITE_OK {
                return code;
            }
        }
        ffi::SQLITE_OK
    }

    /// Makes the first column of the row that `stmt` stands on, which SQLite copies, the result.
    ///
    /// # Safety
    ///
    /// `stmt` is live and stands on a row of at least one column, and no other thread uses its
    /// connection.
    pub(super) unsafe fn give_column(&self, stmt: *mut ffi::sqlite3_stmt) {
        // SAFETY: the caller's promise.
        let value = unsafe { ffi::sqlite3_column_value(stmt, 0) };
        // SAFETY: the context is live for as long as `self` is, the value until `stmt` moves. A value
        // that is not protected may be given as a result.
        unsafe { ffi::sqlite3_result_value(self.context, value) };
    }

    /// Makes the call fail.
    #[cold]
    fn refuse(&self, error: &Error) {
        if let Some(code) = code_of(error) {
            // SAFETY: the context is live for as long as `self` is.
            unsafe { ffi::sqlite3_result_error_code(self.context, code) };
            return;
        }
        let (start, size) = (error.message.as_ptr().cast(), error.message.len());
        let size = c_int::try_from(size).unwrap_or(c_int::MAX);
        // SAFETY: as above; the message lives during the call, in which it is copied.
        unsafe { ffi::sqlite3_result_error(self.context, start, size) };
        if error.kind == Kind::Sqlite && error.code != ffi::SQLITE_OK {
            // Behind the message, which stays: whoever has interrupted asks for the code.
            // SAFETY: as above.
            unsafe { ffi::sqlite3_result_error_code(self.context, error.code) };
        }
    }
}

/// Called by SQLite.
unsafe extern "C" fn call<F: ScalarFunction>(
    context: *mut ffi::sqlite3_context,
    count: c_int,
    arguments: *mut *mut ffi::sqlite3_value,
) {
    // SAFETY: SQLite calls with a live context, whose data is what `create_function` has given.
    let function = unsafe { ffi::sqlite3_user_data(context) }.cast::<F>();
    // SAFETY: the box lives until SQLite calls `destroy`, and is only ever borrowed shared.
    let function = unsafe { &*function };
    let count = usize::try_from(count).unwrap_or(0);
    // Without arguments the pointer may be null.
    let arguments = if count == 0 {
        &[]
    } else {
        // SAFETY: SQLite gives `count` values that live during the call.
        unsafe { slice::from_raw_parts(arguments, count) }
    };
    let call = ScalarCall { context, arguments };
    // A panic must not reach SQLite.
    match catch_unwind(AssertUnwindSafe(|| function.call(&call))) {
        Ok(Ok(())) => {}
        Ok(Err(error)) => call.refuse(&error),
        Err(_) => call.refuse(&Error::of(Kind::Sqlite, DEFECT)),
    }
}

/// Called by SQLite once it has let go of the function.
unsafe extern "C" fn destroy<F>(function: *mut c_void) {
    // SAFETY: SQLite calls this once, with the pointer that `create_function` has made of a box.
    let function = unsafe { Box::from_raw(function.cast::<F>()) };
    // A panic must not reach SQLite, and has nobody to be told.
    drop(catch_unwind(AssertUnwindSafe(|| drop(function))));
}

impl Handle {
    /// Registers a function. One of the same name and number of arguments is replaced.
    ///
    /// # Errors
    ///
    /// `SQLITE_BUSY` while a statement executes; `SQLITE_MISUSE` for a name over 255 bytes;
    /// [`Kind::BadPath`] for a name with a NUL byte.
    /// See <https://sqlite.org/c3ref/create_function.html>.
    pub fn create_function<F: ScalarFunction>(
        &self,
        options: &FunctionOptions,
        function: F,
    ) -> Result<()> {
        let name = CString::new(options.name.as_str())
            .map_err(|_| Error::of(Kind::BadPath, "the name holds a NUL byte"))?;
        let function = Box::into_raw(Box::new(function));
        // SAFETY: the handle is open (promise 1 of the module) and the name ends with NUL. Whatever it
        // answers, SQLite calls `destroy` with the function, which it alone has.
        let code = unsafe {
            ffi::sqlite3_create_function_v2(
                self.raw(),
                name.as_ptr(),
                options.arguments,
                options.flags().bits(),
                function.cast(),
                Some(call::<F>),
                None,
                None,
                Some(destroy::<F>),
            )
        };
        self.check(code)?;
        self.now_has_callbacks();
        Ok(())
    }
}
