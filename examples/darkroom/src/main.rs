//! A photo intake that decodes untrusted images with a C library and never goes down.
//!
//! The program is two things. [`tree`] is the process tree that does the work. [`front`] is what
//! a person starts: it starts the tree as another process, tells what happens, kills daemons to
//! show that it does no harm, and checks the result afterwards from outside.

mod tree;

use std::process::ExitCode;

fn main() -> ExitCode {
    tree::run()
}
