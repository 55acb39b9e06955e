//! Production mechanisms over one connection. Policy (when, how often, whether to retry) is the
//! caller's.

pub mod checkpoint;
