//! `headroom model install`.

use std::path::{Path, PathBuf};

use clap::Args;
use headroom::error::{Error, ErrorCode};
use headroom::options::KompressOptions;
use headroom_kompress::{Scorer, files};

use super::hub::{Hub, Remote};
use super::source::{Repository, Source, name};
use super::staging::Staging;
use crate::input;
use crate::io::Io;
use crate::stop::Stop;
use crate::style::size;

/// Where the tokenizer is if a repository has none of its own: the published models use `ModernBERT`'s.
const TOKENIZERS: (&str, &str) = ("answerdotai", "ModernBERT-base");

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Install {
    /// hf:OWNER/NAME[@REV], or a folder with a network (ONNX) and tokenizer.json
    source: Source,

    /// What to call it. Default: the last part of its source
    #[arg(long, value_name = "NAME", value_parser = name)]
    name: Option<String>,
}

const EXAMPLES: &str = "\
Examples:
  headroom model install hf:chopratejas/kompress-v2-base
  headroom model install ./my-model --name mine

A download that broke off goes on where it ended. HF_ENDPOINT names another
server, HF_TOKEN opens private repositories.";

pub(super) fn run(arguments: &Install, io: &mut Io<'_>) -> Result<(), Stop> {
    let name = arguments
        .name
        .clone()
        .or_else(|| arguments.source.name())
        .ok_or_else(|| {
            Error::new(ErrorCode::InvalidOptions, "the model needs a name")
                .because(format!("{} has none that could be a folder's", arguments.source))
                .hint("pass --name NAME")
        })?;
    let models = headroom_store::home(io.environment)?.join(files::MODELS);
    let folder = match &arguments.source {
        Source::Path(path) => copy(path, &models, &name)?,
        Source::Hub(repository) => download(repository, &models, &name, io)?,
    };
    io.data(format!("installed {name} in {}\n", folder.display()))?;
    try_out(&name, io);
    Ok(())
}

/// Copies a network and its tokenizer.
fn copy(path: &Path, models: &Path, name: &str) -> Result<PathBuf, Error> {
    let missing = |what: String| {
        Error::new(ErrorCode::InvalidOptions, "there is no model to install")
            .because(what)
            .hint(format!(
                "a model is a folder with {} and {}",
                files::NETWORKS[2],
                files::TOKENIZER
            ))
    };
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let (network, target) = if path.is_dir() {
        let network =
            files::network(&path).ok_or_else(|| missing(format!("{} has no network", path.display())))?;
        let named = network.file_name().map(|name| format!("onnx/{}", name.display()));
        (network, named.unwrap_or_default())
    } else if path.is_file() {
        (path.clone(), files::NETWORKS[1].to_owned())
    } else {
        return Err(missing(format!("{} is not there", path.display())));
    };
    // Beside the network, or above its folder `onnx`.
    let tokenizer = network
        .ancestors()
        .skip(1)
        .take(2)
        .map(|folder| folder.join(files::TOKENIZER));
    let tokenizer = tokenizer.into_iter().find(|path| path.is_file());
    let tokenizer = tokenizer.ok_or_else(|| missing(format!("{} has no tokenizer.json", path.display())))?;
    let mut staging = Staging::open(models, name)?;
    staging.copy(&network, &target)?;
    staging.copy(&tokenizer, files::TOKENIZER)?;
    staging.finish(path.display().to_string(), None)
}

/// Downloads the first network there is, and its tokenizer, all of one commit.
fn download(repository: &Repository, models: &Path, name: &str, io: &mut Io<'_>) -> Result<PathBuf, Error> {
    let hub = Hub::new(io.environment)?;
    let mut found = None;
    for path in files::NETWORKS {
        if let Some(remote) = hub.look(repository, path)? {
            found = Some((path, remote));
            break;
        }
    }
    let (path, network) = found.ok_or_else(|| {
        Error::new(
            ErrorCode::Model,
            format!(
                "{}/{} has no model for Kompress",
                repository.owner, repository.name
            ),
        )
        .because(format!(
            "at {} it has no {}",
            repository.revision,
            files::NETWORKS.join(", no ")
        ))
        .hint("check the name and the revision")
    })?;
    let commit = network.commit.clone();
    // A branch may move on while it is read.
    let pinned = Repository {
        revision: commit.clone().unwrap_or_else(|| repository.revision.clone()),
        ..repository.clone()
    };
    let network = hub.look(&pinned, path)?.unwrap_or(network);
    let mut tokenizer = hub.look(&pinned, files::TOKENIZER)?;
    if tokenizer.is_none() {
        let (owner, name) = TOKENIZERS;
        let elsewhere = Repository {
            owner: owner.to_owned(),
            name: name.to_owned(),
            revision: "main".to_owned(),
        };
        tokenizer = hub.look(&elsewhere, files::TOKENIZER)?;
    }
    let tokenizer = tokenizer.ok_or_else(|| {
        Error::new(ErrorCode::Model, "there is no tokenizer").because(format!(
            "neither the repository nor {}/{} has one",
            TOKENIZERS.0, TOKENIZERS.1
        ))
    })?;
    let mut staging = Staging::open(models, name)?;
    fetch(&hub, &network, path, &mut staging, io)?;
    fetch(&hub, &tokenizer, files::TOKENIZER, &mut staging, io)?;
    staging.finish(Source::Hub(repository.clone()).to_string(), commit)
}

fn fetch(
    hub: &Hub,
    remote: &Remote,
    path: &str,
    staging: &mut Staging,
    io: &mut Io<'_>,
) -> Result<(), Error> {
    let part = staging.part(path, remote.sha256.as_deref().unwrap_or("new"));
    let mut progress = Progress::new(path, remote.size, io);
    hub.fetch(remote, &part, &mut |bytes| progress.tell(bytes))?;
    progress.end();
    staging.take(&part, path, remote.sha256.as_deref())
}

/// How far a download is, on stderr: one line that changes on a terminal, a line a quarter elsewhere.
struct Progress<'p, 'io> {
    io: &'p mut Io<'io>,
    path: String,
    whole: Option<u64>,
    /// Percent told last.
    told: Option<u64>,
}

impl<'p, 'io> Progress<'p, 'io> {
    fn new(path: &str, whole: Option<u64>, io: &'p mut Io<'io>) -> Self {
        let path = path.to_owned();
        Self {
            io,
            path,
            whole: whole.filter(|&whole| whole > 0),
            told: None,
        }
    }

    fn tell(&mut self, bytes: u64) {
        let terminal = self.io.terminals.stderr;
        let step = if terminal { 1 } else { 25 };
        let percent = self.whole.map_or(0, |whole| bytes * 100 / whole);
        let percent = percent - percent % step;
        if self.told == Some(percent) {
            return;
        }
        self.told = Some(percent);
        let whole = self
            .whole
            .map_or_else(String::new, |whole| format!(" of {}", size(whole)));
        let line = format!("{}: {}{whole}, {percent}%", self.path, size(bytes));
        if terminal {
            drop(write!(self.io.stderr, "\r{line}\x1b[K"));
            drop(self.io.stderr.flush());
        } else {
            self.io.say(&line);
        }
    }

    fn end(&mut self) {
        if self.io.terminals.stderr {
            self.io.say("");
        }
    }
}

/// Says whether the model runs here: whoever installs one wants to know now.
fn try_out(name: &str, io: &mut Io<'_>) {
    let options = KompressOptions {
        model: Some(name.to_owned()),
        ..KompressOptions::default()
    };
    let tried = input::kompress(&options, io).and_then(|settings| Scorer::new(settings).load());
    match tried {
        Ok(()) => io.say("it loads; use it with `--kompress`, or the option `kompress: true`"),
        Err(error) => io.say(&format!("warning: it does not run yet: {error}")),
    }
}
