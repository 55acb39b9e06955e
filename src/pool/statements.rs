//! The statements that a connection keeps compiled.

use std::collections::HashMap;
use std::sync::Arc;

use super::session::Compiled;

/// Statements that a connection keeps compiled.
const MOST_STATEMENTS: usize = 100;

/// Compiled statements by their text: the one used last at hand, as it is mostly the next one as well.
#[derive(Default)]
pub struct Statements {
    latest: Option<(Arc<str>, Box<Compiled>)>,
    others: HashMap<Arc<str>, Kept>,
    uses: u64,
}

struct Kept {
    compiled: Box<Compiled>,
    used: u64,
}

impl Statements {
    /// Takes a statement out.
    pub fn take(&mut self, sql: &Arc<str>) -> Option<Box<Compiled>> {
        match self.latest.take_if(|(text, _)| text == sql) {
            Some((_, compiled)) => Some(compiled),
            None => self.others.remove(sql).map(|kept| kept.compiled),
        }
    }

    /// Keeps a statement, unless others are used more often.
    pub fn keep(&mut self, sql: &Arc<str>, compiled: Box<Compiled>) {
        self.uses += 1;
        let before = self.latest.replace((Arc::clone(sql), compiled));
        let Some((text, compiled)) = before.filter(|(text, _)| text != sql) else { return };
        if self.others.len() >= MOST_STATEMENTS - 1 {
            let oldest = self.others.iter().min_by_key(|(_, kept)| kept.used);
            if let Some(oldest) = oldest.map(|(text, _)| Arc::clone(text)) {
                self.others.remove(&oldest);
            }
        }
        self.others.insert(text, Kept { compiled, used: self.uses });
    }
}
