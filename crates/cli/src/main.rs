//! `headroom` as a plain binary, for containers and for people without Node.
#![forbid(unsafe_code)]

use std::path::Path;
use std::process::ExitCode;

use mimalloc::MiMalloc;

/// A small request takes a quarter less processor time than with glibc's.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    let program = std::env::current_exe().ok();
    let installed = program.as_deref().and_then(Path::parent);
    let code = headroom_cli::run_process(std::env::args_os().skip(1), installed, None);
    ExitCode::from(u8::try_from(code).unwrap_or(1))
}
