//! Says to the sources of the cache that they are compiled for the scheduler.

fn main() {
    println!("cargo::rustc-cfg=schedules");
    println!("cargo::rerun-if-changed=build.rs");
}
