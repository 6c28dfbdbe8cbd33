//! What can be typed. Each command's own arguments stand beside its code.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::commands::{compress, config, decode, model, proxy, purge, retrieve, savings, stats};

/// The whole command line.
#[derive(Debug, Parser)]
#[command(
    name = "headroom",
    bin_name = "headroom",
    version,
    about = "Makes what LLM applications send to their provider smaller, without losing what matters.",
    after_help = EXAMPLES,
    disable_help_subcommand = true,
    arg_required_else_help = true
)]
pub(crate) struct Arguments {
    /// Where the originals of what was left out are: a file, or a server by
    /// its address (redis://, rediss://). Default: `$HEADROOM_STORE`, else what
    /// `proxy.json` says, else `store.db` in `$HEADROOM_HOME` or `~/.headroom`
    #[arg(long, global = true, value_name = "PLACE")]
    pub(crate) store: Option<PathBuf>,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Stand between clients and their provider, and make what passes smaller
    Proxy(proxy::Proxy),
    /// What the proxy is set to, and where it says so
    Config(config::Config),
    /// Make a request, or the output of a tool, smaller
    Compress(compress::Compress),
    /// Read back what was left out, by its ref
    Retrieve(retrieve::Retrieve),
    /// Turn a compressed text, or a request with such texts, back into what it was
    Decode(decode::Decode),
    /// What is stored, and what the last day came to
    Stats(stats::Stats),
    /// What was saved, net of all it cost, in tokens and in money
    Savings(savings::Savings),
    /// Forget stored originals for good
    Purge(purge::Purge),
    /// Models that judge prose: install one, see which there are
    Model(model::Model),
    /// See it work on three samples; touches no file
    Demo,
}

const EXAMPLES: &str = "\
Examples:
  headroom proxy
      Then point a client at http://127.0.0.1:8787.
  headroom demo
      Three samples before and after, and the way back.
  curl -s https://api.example.com/orders | headroom compress
      A tool's output, in a denser spelling: nothing is left out.
  headroom compress request.json --ccr > smaller.json
      A whole request. Parts may be left out; their originals are stored first.
  headroom retrieve 9f86d081884c7d659a2feaa0c55ad015 --rows 5-37
      Read some of them back.

Data goes to stdout, everything else to stderr.
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 nothing stored under that ref.";
