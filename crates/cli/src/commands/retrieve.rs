//! `headroom retrieve`: read back what was left out, a page at a time.

use std::path::Path;

use clap::Args;
use headroom::ccr::{self, Ref, Selection};

use crate::input;
use crate::io::Io;
use crate::stop::Stop;

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Retrieve {
    /// The 32 digits from the `[headroom: …]` line
    #[arg(value_name = "REF")]
    reference: String,

    /// Lines a to b, counted from 1
    #[arg(long, value_name = "A-B", conflicts_with = "rows")]
    lines: Option<String>,

    /// Rows a to b of an array, counted from 1
    #[arg(long, value_name = "A-B")]
    rows: Option<String>,

    /// One value, by JSONPath: $.items[3].name
    #[arg(long, value_name = "PATH")]
    path: Option<String>,

    /// The parts that match these words best
    #[arg(long, value_name = "WORDS")]
    query: Option<String>,

    /// Size of a page in tokens
    #[arg(long, value_name = "N")]
    max_tokens: Option<usize>,
}

const EXAMPLES: &str = "\
Examples:
  headroom retrieve 9f86d081884c7d659a2feaa0c55ad015
  headroom retrieve 9f86d081884c7d659a2feaa0c55ad015 --rows 5-37
  headroom retrieve 9f86d081884c7d659a2feaa0c55ad015 --query \"refund failed\"

Without a selection the first page is printed, or all if it fits one. What is
left is named on stderr. Exit code 3 means that nothing is stored under the ref.";

pub(crate) fn run(arguments: &Retrieve, store: Option<&Path>, io: &mut Io<'_>) -> Result<(), Stop> {
    let reference: Ref = arguments.reference.parse()?;
    let store = input::store(store, io)?;
    let entry = store.get(reference);
    input::tell_notices(&*store, io);
    let Some(entry) = entry? else {
        return Err(Stop::NotFound(ccr::missing(reference)));
    };
    let selection = Selection {
        lines: arguments.lines.clone(),
        rows: arguments.rows.clone(),
        path: arguments.path.clone(),
        query: arguments.query.clone(),
        max_tokens: arguments.max_tokens,
    };
    let page = ccr::retrieve(&entry, &selection)?;
    io.text(&page.text)?;
    if let Some(next) = page.next {
        io.say(&format!("to read on: {next}"));
    }
    Ok(())
}
