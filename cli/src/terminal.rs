//! What is printed, and how.

pub(crate) mod escape;
pub(crate) mod format;
pub(crate) mod github;
pub(crate) mod input;
pub(crate) mod markdown;
pub(crate) mod message;
pub(crate) mod outcome_view;
pub(crate) mod plan_markdown;
pub(crate) mod plan_view;
pub(crate) mod progress;
pub(crate) mod prompt;
pub(crate) mod request_log;
pub(crate) mod tables;

use clap::{Args, ValueEnum};

use format::Format;

/// The options of the output.
#[derive(Args, Clone, Copy)]
#[command(next_help_heading = "Output")]
pub(crate) struct Printing {
    /// Output format
    #[arg(long, short, global = true, value_enum, value_name = "FORMAT", default_value = "table")]
    pub(crate) output: Format,
    /// In CSV, put a ' in front of values that a spreadsheet would run as a formula
    #[arg(long, global = true)]
    pub(crate) escape_formulas: bool,
    /// Log each request to standard error, without secrets, and name all groups not in the file
    #[arg(long, short, global = true)]
    pub(crate) verbose: bool,
    /// When to use colors
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Color,
}

/// When to use colors.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl Color {
    /// Applies to everything that is printed from now on.
    pub(crate) fn apply(self) {
        let choice = match self {
            Self::Auto => anstream::ColorChoice::Auto,
            Self::Always => anstream::ColorChoice::Always,
            Self::Never => anstream::ColorChoice::Never,
        };
        choice.write_global();
    }
}
