//! Linker flags a Node addon needs on each system.

fn main() {
    napi_build::setup();
}
