//! Parses the command line and delegates.

fn main() {}
