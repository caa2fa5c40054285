//! The README as steps: what a reader types, and what stands below it as its answer.

use std::fmt;
use std::fmt::Write as _;

/// What a reader does.
pub(super) enum Typed {
    /// A command of the shell, which may have several lines.
    Command(String),
    /// A script of Python.
    Python(String),
}

/// One step and what it prints.
pub(super) struct Step {
    pub(super) typed: Typed,
    pub(super) printed: String,
}

impl Typed {
    fn text(&self) -> &str {
        match self {
            Self::Command(text) | Self::Python(text) => text,
        }
    }

    pub(super) fn first_line(&self) -> &str {
        self.text().lines().next().unwrap_or_default()
    }
}

impl fmt::Display for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "$ {}", self.text())
    }
}

/// All blocks of `console` and `python`, and of those of `text` the ones that follow on a script.
pub(super) fn steps(text: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut parts = text.split("\n```");
    parts.next();
    // Outside and inside of blocks take turns.
    while let (Some(block), after) = (parts.next(), parts.next()) {
        let (language, body) = block.split_once('\n').unwrap_or((block, ""));
        let follows_on = after.is_some_and(|after| after.trim().is_empty());
        match language {
            "console" => steps.extend(commands(body)),
            "python" => {
                let printed = String::new();
                steps.push(Step { typed: Typed::Python(body.to_owned()), printed });
                if follows_on && let Some(answer) = parts.next() {
                    parts.next();
                    let answer = answer.strip_prefix("text\n").expect("what a script prints");
                    let last = steps.last_mut().expect("it was put there above");
                    answer.clone_into(&mut last.printed);
                }
            }
            _ => {}
        }
    }
    steps
}

/// The commands of a console block; a line that ends in `\`, or within quotes, goes on in the next.
fn commands(block: &str) -> Vec<Step> {
    let mut found: Vec<(String, String)> = Vec::new();
    let mut is_open = false;
    for line in block.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            found.push((command.to_owned(), String::new()));
        } else {
            let (command, printed) = found.last_mut().expect("a block begins with a command");
            _ = if is_open { write!(command, "\n{line}") } else { writeln!(printed, "{line}") };
        }
        is_open = found.last().is_some_and(|(command, _)| is_unfinished(command));
    }
    let step = |(command, printed)| Step { typed: Typed::Command(command), printed };
    found.into_iter().map(step).collect()
}

/// Whether the shell would ask for more.
fn is_unfinished(command: &str) -> bool {
    command.ends_with('\\') || command.matches('\'').count() % 2 == 1
}
