//! The command line; everything is in the library.

fn main() -> std::process::ExitCode {
    synctable_codegen::main()
}
