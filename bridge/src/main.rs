//! The program; everything is in the library.

fn main() -> std::process::ExitCode {
    synctable_bridge::main()
}
