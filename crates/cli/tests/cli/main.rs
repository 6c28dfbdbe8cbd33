//! The command line from outside: whole outputs against snapshots, exit codes, streams that break.
//!
//! A snapshot is one plain file in `tests/cli/snapshots`; `UPDATE_SNAPSHOTS=1` writes them anew.

#[cfg(test)]
mod binary;
#[cfg(test)]
mod compress;
#[cfg(test)]
mod config;
#[cfg(test)]
mod console;
#[cfg(test)]
mod decode;
#[cfg(test)]
mod demo;
#[cfg(test)]
mod hub;
#[cfg(test)]
mod model;
#[cfg(test)]
mod proxy;
#[cfg(test)]
mod purge;
#[cfg(test)]
mod retrieve;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod savings;
#[cfg(test)]
mod upstream;
#[cfg(test)]
mod usage;
