//! The SQL texts of the last jobs: a text that comes again is neither copied nor looked at as UTF-8.

use std::str;
use std::sync::Arc;

use crate::error::Result;
use crate::sqlite::Parameters;

/// So many are remembered.
const MOST: usize = 8;
/// Only shorter ones: longer ones are scripts mostly.
const LONGEST: usize = 4096;

/// Texts, and the memory in which they are read.
#[derive(Default)]
pub struct Texts {
    read: Parameters,
    known: Vec<Arc<str>>,
    /// Which one is forgotten next.
    next: usize,
}

impl Texts {
    /// The text that `read` puts into the memory that it is given. `None`: it is no UTF-8.
    ///
    /// # Errors
    ///
    /// Those of `read`.
    pub fn read(
        &mut self,
        read: impl FnOnce(&mut Parameters) -> Result<()>,
    ) -> Result<Option<Arc<str>>> {
        self.read.clear();
        read(&mut self.read)?;
        let bytes = self.read.bytes();
        if let Some(known) = self.known.iter().find(|known| known.as_bytes() == bytes) {
            return Ok(Some(Arc::clone(known)));
        }
        let Ok(text) = str::from_utf8(bytes) else { return Ok(None) };
        let text: Arc<str> = text.into();
        if text.len() <= LONGEST {
            self.remember(Arc::clone(&text));
        }
        Ok(Some(text))
    }

    fn remember(&mut self, text: Arc<str>) {
        if let Some(oldest) = self.known.get_mut(self.next) {
            *oldest = text;
        } else {
            self.known.push(text);
        }
        self.next = (self.next + 1) % MOST;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(texts: &mut Texts, text: &[u8]) -> Option<Arc<str>> {
        let filled = texts.read(|memory| {
            memory.spare(text.len())?[..text.len()].copy_from_slice(text);
            memory.push_text(text.len());
            Ok(())
        });
        filled.unwrap()
    }

    #[test]
    fn a_text_that_comes_again_is_the_same_one() {
        let mut texts = Texts::default();
        let first = read(&mut texts, b"SELECT 1").unwrap();
        read(&mut texts, b"SELECT 12");
        let again = read(&mut texts, b"SELECT 1").unwrap();
        assert!(Arc::ptr_eq(&first, &again));
        assert_eq!(&*read(&mut texts, b"SELECT").unwrap(), "SELECT");
    }

    #[test]
    fn a_few_short_texts_are_remembered() {
        let mut texts = Texts::default();
        let long = vec![b' '; LONGEST + 1];
        let first = read(&mut texts, b"first").unwrap();
        let long_one = read(&mut texts, &long).unwrap();
        assert!(!Arc::ptr_eq(&long_one, &read(&mut texts, &long).unwrap()));
        for number in 1..MOST {
            read(&mut texts, format!("{number}").as_bytes());
        }
        assert!(Arc::ptr_eq(&first, &read(&mut texts, b"first").unwrap()));
        read(&mut texts, b"one more");
        assert!(!Arc::ptr_eq(&first, &read(&mut texts, b"first").unwrap()));
    }

    #[test]
    fn what_is_no_utf8_is_no_text() {
        assert_eq!(read(&mut Texts::default(), &[0xff]), None);
    }
}
