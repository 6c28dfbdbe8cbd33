//! What `headroom proxy` is started with: one table of settings, and where each value comes from.
//!
//! A flag wins over a variable of the environment, that over the file `proxy.json` in Headroom's home, that over
//! the default. Flags, variables, keys of the file, help, `headroom config` and `docs/configuration.md` all come
//! from the [`table`], so nothing is said twice. Every source gives texts, read by the same function.

mod file;
mod given;
mod metrics;
mod setting;
mod table;
mod token;
mod upstreams;

use std::path::{Path, PathBuf};

use headroom::error::{Error, ErrorCode};
use headroom_proxy::{AwsOptions, ProxyOptions};

use crate::input;
use crate::io::Io;
use crate::log::LogOptions;
use crate::stop::Stop;

pub(crate) use file::FILE;
pub(crate) use given::Given;
use setting::Setting;
pub(crate) use setting::{Kind, Unset};
use table::STORE;

/// Everything the settings say.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Launch {
    pub(crate) proxy: ProxyOptions,
    pub(crate) log: LogOptions,
    /// Where the store is; `None`: the default.
    pub(crate) store: Option<PathBuf>,
    /// Parts of what `proxy.aws` is when they are complete.
    aws: Aws,
}

/// Credentials of Amazon, as far as they are set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Aws {
    access_key_id: Option<String>,
    secret_access_key: Option<String>,
    session_token: Option<String>,
    region: Option<String>,
}

impl Aws {
    fn complete(self) -> Option<AwsOptions> {
        Some(AwsOptions {
            access_key_id: self.access_key_id?,
            secret_access_key: self.secret_access_key?,
            session_token: self.session_token,
            region: self.region,
        })
    }
}

/// Where a value was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    Flag,
    Variable(&'static str),
    File(PathBuf),
    /// The token of this install.
    Install(PathBuf),
    Default,
}

impl Source {
    /// For a person.
    pub(crate) fn told(&self, setting: &Setting) -> String {
        match self {
            Self::Flag => format!("--{}", setting.name),
            Self::Variable(name) => (*name).to_owned(),
            Self::File(path) | Self::Install(path) => path.display().to_string(),
            Self::Default => "default".to_owned(),
        }
    }
}

/// One setting's value.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) setting: &'static Setting,
    /// As written; empty where there is none.
    pub(crate) texts: Vec<String>,
    pub(crate) source: Source,
}

/// All settings, in the order of the table, and what they come to.
#[derive(Debug)]
pub(crate) struct Resolved {
    pub(crate) found: Vec<Found>,
    pub(crate) launch: Launch,
}

/// What to do where this install has no token yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token {
    Make,
    Leave,
}

/// Finds every setting's value. Errors name the source of what makes no sense.
pub(crate) fn resolve(given: &Given, token: Token, io: &Io<'_>) -> Result<Resolved, Stop> {
    let home = headroom_store::home(io.environment).ok();
    let file = home.as_deref().map(file::read).transpose()?.flatten();
    let mut launch = Launch::default();
    let mut found = Vec::new();
    for setting in table::all() {
        let (texts, source) = look(setting, given, file.as_ref(), io)?;
        if source != Source::Default {
            (setting.set)(&mut launch, &texts).map_err(|cause| wrong(setting, &source, cause))?;
        }
        found.push(Found {
            setting,
            texts,
            source,
        });
    }
    launch.proxy.aws = std::mem::take(&mut launch.aws).complete();
    launch.proxy.prices = input::prices(io)?;
    let mut resolved = Resolved { found, launch };
    if let Some(home) = home {
        resolved.take_token(&home, token);
    }
    resolved.launch.proxy.check()?;
    Ok(resolved)
}

/// Where a command finds the store: what `--store` says, else what the proxy on this machine is set to, so that
/// everybody reads what it wrote.
pub(crate) fn store(given: Option<&Path>, io: &Io<'_>) -> Result<Option<PathBuf>, Stop> {
    let Some(setting) = table::all().find(|setting| setting.name == STORE && given.is_none()) else {
        return Ok(given.map(Path::to_path_buf));
    };
    let home = headroom_store::home(io.environment).ok();
    let file = home.as_deref().map(file::read).transpose()?.flatten();
    let (texts, source) = look(setting, &Given::default(), file.as_ref(), io)?;
    let mut launch = Launch::default();
    if source != Source::Default {
        (setting.set)(&mut launch, &texts).map_err(|cause| wrong(setting, &source, cause))?;
    }
    Ok(launch.store)
}

fn look(
    setting: &'static Setting,
    given: &Given,
    file: Option<&file::File>,
    io: &Io<'_>,
) -> Result<(Vec<String>, Source), Stop> {
    if let Some(texts) = given.get(setting.name) {
        return Ok((setting.split(texts), Source::Flag));
    }
    for &name in setting.variables {
        let Some(value) = (io.environment)(name).filter(|value| !value.is_empty()) else {
            continue;
        };
        let source = Source::Variable(name);
        let text = value
            .into_string()
            .map_err(|_| wrong(setting, &source, "it is not UTF-8".to_owned()))?;
        return Ok((setting.split(&[text]), source));
    }
    if let Some((texts, path)) = file.and_then(|file| file.get(setting.name)) {
        return Ok((setting.split(texts), Source::File(path.to_owned())));
    }
    let texts = match setting.default {
        Ok(text) => vec![text.to_owned()],
        Err(Unset(_)) => Vec::new(),
    };
    Ok((texts, Source::Default))
}

fn wrong(setting: &Setting, source: &Source, cause: String) -> Stop {
    let title = match source {
        Source::File(path) => format!("{:?} in {} cannot be used", setting.name, path.display()),
        source => format!("{} cannot be used", source.told(setting)),
    };
    Stop::Usage(
        Error::new(ErrorCode::InvalidOptions, title)
            .because(cause)
            .hint(setting.takes()),
    )
}

impl Resolved {
    /// Takes the token of this install where none is given. Other machines are let in by a token somebody chose,
    /// never by one nobody has seen.
    fn take_token(&mut self, home: &Path, missing: Token) {
        if self.launch.proxy.token.is_some() || !self.launch.proxy.host.is_loopback() {
            return;
        }
        // Without it originals stay closed to everyone; that is no reason not to start.
        let Ok(Some((token, path))) = token::of_install(home, missing == Token::Make) else {
            return;
        };
        for found in &mut self.found {
            if found.setting.name == "token" {
                found.texts = vec![token.clone()];
                found.source = Source::Install(path.clone());
            }
        }
        self.launch.proxy.token = Some(token);
    }
}
