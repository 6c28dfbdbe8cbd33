//! `headroom purge`: forget stored originals.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::time::Duration;

use clap::Args;
use headroom::error::{Error, ErrorCode};
use headroom_store::{Purge as What, Purged, Vault};

use crate::input;
use crate::io::Io;
use crate::stop::Stop;
use crate::style::{number, plural, size};

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Purge {
    /// What was not used for this long: 30m, 12h, 7d or 2w
    #[arg(long, value_name = "AGE", value_parser = age, conflicts_with = "all")]
    older_than: Option<Duration>,

    /// Everything, the ledger of requests included
    #[arg(long)]
    all: bool,

    /// Do not ask before forgetting everything
    #[arg(long, short)]
    yes: bool,
}

const EXAMPLES: &str = "\
Examples:
  headroom purge --older-than 7d
  headroom purge --all --yes

Refs to what is forgotten lead nowhere from then on. Without this, originals go
30 days after their last use, or when the store is full (1 GiB).";

pub(crate) fn run(arguments: &Purge, store: Option<&Path>, io: &mut Io<'_>) -> Result<(), Stop> {
    let what = match arguments.older_than {
        Some(age) => What::OlderThan(age),
        None if arguments.all => What::All,
        None => {
            return Err(Stop::Usage(
                Error::new(ErrorCode::InvalidOptions, "nothing to purge is named")
                    .hint("pass --older-than 7d, or --all"),
            ));
        }
    };
    let store = input::store(store, io)?;
    if what == What::All && !arguments.yes && !confirmed(&*store, io)? {
        io.say("nothing was purged");
        return Ok(());
    }
    let purged = store.purge(what)?;
    input::tell_notices(&*store, io);
    io.data(format!("purged {}\n", told(&purged)))?;
    if purged.set_aside > 0 {
        io.data(format!(
            "purged {} moved aside earlier\n",
            plural(purged.set_aside, "damaged file")
        ))?;
    }
    Ok(())
}

/// What was forgotten, in words.
fn told(purged: &Purged) -> String {
    let mut told = format!("{}, {}", number(purged.entries, "original"), size(purged.bytes));
    for (count, noun) in [
        (purged.records, "record of hidden rounds"),
        (purged.pinned, "shared value"),
        (purged.requests, "request in the ledger"),
    ] {
        if count > 0 {
            told += ", ";
            told += &number(count, noun);
        }
    }
    told
}

/// Asks the person; where there is none, the call has to say it.
fn confirmed(store: &dyn Vault, io: &mut Io<'_>) -> Result<bool, Stop> {
    if !io.terminals.stdin {
        return Err(Stop::Usage(
            Error::new(ErrorCode::InvalidOptions, "this would forget every original")
                .because("there is no terminal to ask on")
                .hint("pass --yes to do it"),
        ));
    }
    let stats = store.stats()?;
    let ledger = match stats.ledger.count {
        0 => String::new(),
        requests => format!(" and the ledger of {}", number(requests, "request")),
    };
    io.say(&format!(
        "forget all of {} ({}){ledger} in {}? [y/N]",
        number(stats.originals.count, "original"),
        size(stats.originals.bytes),
        store.place()
    ));
    let mut answer = String::new();
    // Without an answer it is a no.
    drop(BufReader::new(&mut *io.stdin).read_line(&mut answer));
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}

/// `30m`, `12h`, `7d`, `2w`.
fn age(text: &str) -> Result<Duration, String> {
    let wrong = || "an age is a number and m, h, d or w: 30m, 12h, 7d, 2w".to_owned();
    let (number, hours) = match text.char_indices().last() {
        Some((at, 'm')) => (&text[..at], None),
        Some((at, 'h')) => (&text[..at], Some(1)),
        Some((at, 'd')) => (&text[..at], Some(24)),
        Some((at, 'w')) => (&text[..at], Some(7 * 24)),
        _ => return Err(wrong()),
    };
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let seconds = number
        .checked_mul(hours.map_or(60, |hours| hours * 60 * 60))
        .ok_or_else(wrong)?;
    Ok(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_read() {
        assert_eq!(age("30m"), Ok(Duration::from_mins(30)));
        assert_eq!(age("12h"), Ok(Duration::from_hours(12)));
        assert_eq!(age("7d"), Ok(Duration::from_hours(7 * 24)));
        assert_eq!(age("2w"), Ok(Duration::from_hours(14 * 24)));
        for wrong in [
            "",
            "7",
            "d",
            "-1d",
            "1.5d",
            "7 d",
            "7x",
            "99999999999999999999d",
            "9999999999999999999d",
            "7ß",
        ] {
            assert!(age(wrong).is_err(), "{wrong}");
        }
    }
}
