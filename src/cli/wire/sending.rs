//! How far an upload is: the bytes that are sent, then that the server reads them. For a terminal
//! alone; it never touches stdout.

use std::path::PathBuf;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::text::output;
use crate::cli::text::progress_mode::ProgressMode;
use crate::cli::wire::connect::GlobalArgs;

const REDRAWN_EACH: Duration = Duration::from_millis(100);

/// Shows one upload; clones show the same.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Sending(ProgressBar);

impl Sending {
    /// A display of these files, which may be nothing.
    pub(in crate::cli) fn of(files: &[PathBuf], globals: &GlobalArgs) -> Self {
        let is_shown = match globals.progress(ProgressMode::Auto) {
            ProgressMode::Bar => true,
            ProgressMode::Auto => output::is_watched(),
            ProgressMode::Plain | ProgressMode::None => false,
        };
        if !is_shown {
            return Self::nothing();
        }
        // Of stdin nobody knows how long it is.
        let length = |path: &PathBuf| std::fs::metadata(path).map(|file| file.len()).ok();
        let length: Option<u64> = files.iter().map(length).sum();
        let bar = ProgressBar::with_draw_target(length, ProgressDrawTarget::stderr_with_hz(10));
        let template = match length {
            Some(_) => "sending  {bar:24}  {bytes} of {total_bytes}",
            None => "sending  {bytes}",
        };
        bar.set_style(style(template));
        Self(bar)
    }

    /// A display of nothing.
    pub(in crate::cli) fn nothing() -> Self {
        Self(ProgressBar::hidden())
    }

    /// So many bytes more were taken to be sent.
    pub(in crate::cli) fn sent(&self, bytes: usize) {
        self.0.inc(bytes as u64);
    }

    /// All bytes are on their way.
    pub(in crate::cli) fn all_sent(&self) {
        if !self.0.is_hidden() {
            self.0.set_style(style("{spinner} sent {bytes}, and the server reads them  {elapsed}"));
            self.0.enable_steady_tick(REDRAWN_EACH);
        }
    }

    /// Takes the display away.
    pub(in crate::cli) fn close(&self) {
        self.0.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    let style = ProgressStyle::with_template(template).expect("the template is well formed");
    style.progress_chars("=> ")
}
