//! The only place that prints. Data goes to stdout, talk to stderr; colour is for terminals only.

use std::borrow::Cow;
use std::io::{self, IsTerminal as _, Write as _};

use console::StyledObject;

use crate::cli::text::foreign;

/// Prints data to stdout, ending it with a line break unless it has one. A terminal is shown what
/// it would obey; a pipe gets every byte.
pub fn data(text: &str) -> io::Result<()> {
    let text = if is_read_by_a_person() { foreign::lines(text) } else { Cow::Borrowed(text) };
    // Not println!, which panics when the reader of a pipe has gone.
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    if !text.is_empty() && !text.ends_with('\n') {
        stdout.write_all(b"\n")?;
    }
    stdout.flush()
}

/// Prints data of any kind to stdout.
pub(in crate::cli) fn bytes(data: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(data)?;
    stdout.flush()
}

/// Whether a person sees stdout as it is written.
pub(in crate::cli) fn is_read_by_a_person() -> bool {
    io::stdout().is_terminal()
}

/// Says a line to the person at the terminal, on stderr.
pub fn talk(text: &str) {
    say(&foreign::lines(text));
}

/// Tells a program what went wrong, on stderr: every byte of it.
pub(in crate::cli) fn json_error(json: &str) {
    say(json);
}

fn say_after(word: &StyledObject<&str>, text: &str) {
    say(&format!("{word} {}", foreign::lines(text)));
}

fn say(text: &str) {
    // There is nowhere left to complain about a stderr that is closed.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Says that something is allowed but perhaps not meant.
pub fn warn(text: &str) {
    say_after(&console::style("warning:").for_stderr().yellow().bold(), text);
}

/// Says how something was understood that could have been meant otherwise.
pub(in crate::cli) fn understood(text: &str) {
    talk(&format!("{} {text}", console::style("understood:").for_stderr().cyan()));
}

/// Says how to go on.
pub fn help(text: &str) {
    say_after(&console::style("help:").for_stderr().cyan(), text);
}

/// Says what went wrong, with further lines indented below.
pub(in crate::cli) fn error(text: &str) {
    say_after(&console::style("error:").for_stderr().red().bold(), text);
}

/// Asks a yes-or-no question on the terminal; `None` if nobody is there to answer.
pub(in crate::cli) fn confirm(question: &str) -> io::Result<Option<bool>> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Ok(None);
    }
    write!(io::stderr().lock(), "{} [y/N] ", foreign::lines(question))?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(Some(matches!(answer.trim(), "y" | "Y" | "yes")))
}

/// The width of the terminal that shows the data; `None` if it goes to a file or a pipe.
pub(in crate::cli) fn width() -> Option<u16> {
    let terminal = console::Term::stdout();
    terminal.size_checked().filter(|_| io::stdout().is_terminal()).map(|(_, columns)| columns)
}

/// Whether a person sees stderr as it is written.
pub(in crate::cli) fn is_watched() -> bool {
    io::stderr().is_terminal()
}
