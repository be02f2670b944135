//! The command line; everything is in the library.

/// Most of a run is small allocations; this allocator takes a quarter of the time off.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    synctable_codegen::main()
}
