//! Production mechanisms over one connection. Policy (when, how often, whether to retry) is the
//! caller's.

pub mod checkpoint;
pub mod leftover_log;

#[cfg(test)]
mod test_folder;
