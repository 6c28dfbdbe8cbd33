//! How lines of well-known outputs are spelled, read alike by the detector and by the compressors.
//!
//! Only single lines and their grammar; what a whole text is, and what to do with it, is decided above.

pub mod config;
pub mod history;
pub mod hits;
pub mod hunks;
pub mod listing;
pub mod markup;
pub mod opaque;
pub mod paths;
pub mod regions;
pub mod source;
pub mod tables;
