//! Production mechanisms over one connection. Policy (when, how often, whether to retry) is the
//! caller's.

pub mod backup;
pub mod checkpoint;
pub mod checkpointer;
pub mod leftover_log;
pub mod new_file;
pub mod stats;

#[cfg(test)]
mod test_folder;
