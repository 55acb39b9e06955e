use super::{Detach, Integers, RowBatch, Text};
use crate::error::Result;

#[test]
fn placeholder() {}
struct Kept;
impl Detach for Kept {
    fn text(&mut self, _: &[u8]) -> Result<()> {
        Ok(())
    }
    fn blob(&mut self, _: &[u8]) -> Result<()> {
        Ok(())
    }
}
