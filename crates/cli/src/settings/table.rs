//! The settings, each said once. Those of upstreams and of metrics stand beside.

use headroom_proxy::engine::{Ccr, UsageShown};

use super::setting::{Kind, Setting, Unset, choose, one, put, read};
use super::{metrics, upstreams};
use crate::log::{Level, LogFormat};

/// The setting that is a flag of every command.
pub(super) const STORE: &str = "store";

/// All settings, in the order they are shown in.
pub(crate) fn all() -> impl Iterator<Item = &'static Setting> {
    [
        LISTENING,
        upstreams::SETTINGS,
        REQUESTS,
        LIMITS,
        LOGS,
        metrics::SETTINGS,
    ]
    .into_iter()
    .flatten()
}

/// A file of the proxy's own certificate; few need one, so there is no flag.
macro_rules! tls {
    ($name:literal, $field:ident, $help:literal, $variables:expr) => {
        Setting {
            name: $name,
            section: "Listening",
            value: "PATH",
            kind: Kind::One,
            flag: false,
            variables: $variables,
            default: Err(Unset("none")),
            help: $help,
            set: |launch, texts| {
                launch.proxy.tls.get_or_insert_default().$field = one(texts)?;
                Ok(())
            },
        }
    };
}

/// A limit of what may be asked for.
macro_rules! limit {
    ($name:literal, $field:ident, $flag:literal, $help:literal, $variable:literal) => {
        Setting {
            name: $name,
            section: "Limits",
            value: "NUMBER",
            kind: Kind::One,
            flag: $flag,
            variables: &[$variable],
            default: Err(Unset("no limit")),
            help: $help,
            set: |launch, texts| {
                launch.proxy.limits.$field = Some(one(texts)?);
                Ok(())
            },
        }
    };
}

const LISTENING: &[Setting] = &[
    Setting {
        name: "host",
        section: "Listening",
        value: "ADDRESS",
        kind: Kind::One,
        flag: true,
        variables: &["HEADROOM_HOST"],
        default: Ok("127.0.0.1"),
        help: "Address to listen on; any other than the loopback needs --token",
        set: |launch, texts| {
            launch.proxy.host = match one::<String>(texts)?.as_str() {
                "localhost" => std::net::Ipv4Addr::LOCALHOST.into(),
                text => read(text)?,
            };
            Ok(())
        },
    },
    Setting {
        name: "port",
        section: "Listening",
        value: "NUMBER",
        kind: Kind::One,
        flag: true,
        variables: &["HEADROOM_PORT"],
        default: Ok("8787"),
        help: "Port to listen on; 0 for a free one",
        set: |launch, texts| put(&mut launch.proxy.port, texts),
    },
    Setting {
        name: "token",
        section: "Listening",
        value: "SECRET",
        kind: Kind::Secret,
        flag: true,
        variables: &["HEADROOM_PROXY_TOKEN"],
        default: Err(Unset("one made for this install, in the file `token`")),
        help: "Secret for originals, statistics and other machines; better set where no `ps` shows it",
        set: |launch, texts| {
            launch.proxy.token = Some(one(texts)?);
            Ok(())
        },
    },
    Setting {
        name: STORE,
        section: "Listening",
        value: "PLACE",
        // The address of a server may hold its password.
        kind: Kind::Secret,
        flag: false,
        variables: &["HEADROOM_STORE"],
        default: Err(Unset("`store.db` in the home")),
        help: "Where originals, hidden rounds and the ledger are: a file, or redis://, rediss://; every command looks there, \
               and --store wins over it",
        set: |launch, texts| {
            launch.store = Some(one(texts)?);
            Ok(())
        },
    },
    Setting {
        name: "allow-host",
        section: "Listening",
        value: "NAME",
        kind: Kind::Many,
        flag: true,
        variables: &["HEADROOM_ALLOW_HOSTS"],
        default: Err(Unset("those of the loopback")),
        help: "Names the proxy may be called by in `Host` and `Origin`",
        set: |launch, texts| {
            launch.proxy.allowed_hosts = texts.to_vec();
            Ok(())
        },
    },
    tls!(
        "tls-cert",
        cert,
        "Certificate and chain (PEM): clients speak TLS to the proxy",
        &["HEADROOM_TLS_CERT"]
    ),
    tls!(
        "tls-key",
        key,
        "Key of that certificate (PEM)",
        &["HEADROOM_TLS_KEY"]
    ),
];

const REQUESTS: &[Setting] = &[
    Setting {
        name: "ccr",
        section: "Requests",
        value: "hidden|mcp|off",
        kind: Kind::One,
        flag: true,
        variables: &["HEADROOM_CCR"],
        default: Ok("hidden"),
        help: "How the model reads back what was left out: by a tool the client never sees, by the client's own \
               tool, or not at all, and then nothing is left out",
        set: |launch, texts| choose(&mut launch.proxy.engine.ccr, texts, &CCR),
    },
    Setting {
        name: "max-rounds",
        section: "Requests",
        value: "NUMBER",
        kind: Kind::One,
        flag: true,
        variables: &["HEADROOM_MAX_ROUNDS"],
        default: Ok("3"),
        help: "Hidden rounds an answer may take",
        set: |launch, texts| put(&mut launch.proxy.engine.max_rounds, texts),
    },
    Setting {
        name: "usage",
        section: "Requests",
        value: "sum|last",
        kind: Kind::One,
        flag: true,
        variables: &["HEADROOM_USAGE"],
        default: Ok("sum"),
        help: "Usage a client sees after hidden rounds: what is paid, or what fills the context",
        set: |launch, texts| choose(&mut launch.proxy.engine.usage, texts, &USAGE),
    },
    Setting {
        name: "min-tokens",
        section: "Requests",
        value: "NUMBER",
        kind: Kind::One,
        flag: true,
        variables: &["HEADROOM_MIN_TOKENS"],
        default: Ok("250"),
        help: "Texts under this many tokens are left alone",
        set: |launch, texts| {
            launch.proxy.engine.compress.min_tokens = Some(one(texts)?);
            Ok(())
        },
    },
    Setting {
        name: "exclude-tool",
        section: "Requests",
        value: "NAME",
        kind: Kind::Many,
        flag: true,
        variables: &["HEADROOM_EXCLUDE_TOOLS"],
        default: Err(Unset("file tools alone")),
        help: "Tools whose outputs are left alone, too; `*` stands for anything, `!name` takes one out again",
        set: |launch, texts| {
            launch.proxy.engine.compress.exclude_tools = texts.to_vec();
            Ok(())
        },
    },
    Setting {
        name: "code-aware",
        section: "Requests",
        value: "true|false",
        kind: Kind::Switch,
        flag: true,
        variables: &["HEADROOM_CODE_AWARE", "HEADROOM_CODE_AWARE_ENABLED"],
        default: Ok("false"),
        help: "Source code may lose the bodies of its functions",
        set: |launch, texts| choose(&mut launch.proxy.engine.compress.code_aware, texts, &SWITCH),
    },
    Setting {
        name: "cache-hints",
        section: "Requests",
        value: "true|false",
        kind: Kind::Switch,
        flag: false,
        variables: &["HEADROOM_CACHE_HINTS"],
        default: Ok("false"),
        help: "What helps the provider's prompt cache: tools in the order of their names and, where a client gives \
               none, breakpoints for Anthropic, `prompt_cache_key` for OpenAI",
        set: |launch, texts| choose(&mut launch.proxy.engine.cache_hints, texts, &SWITCH),
    },
    Setting {
        name: "gemini-cache-ttl",
        section: "Requests",
        value: "SECONDS",
        kind: Kind::One,
        flag: false,
        variables: &["HEADROOM_GEMINI_CACHE_TTL"],
        default: Err(Unset("none are made")),
        help: "Gemini holds system prompts and tools that come again, as cached contents, which live so long without \
               being used; their storage is billed",
        set: |launch, texts| {
            launch.proxy.gemini_cache_ttl = Some(one(texts)?);
            Ok(())
        },
    },
];

const LIMITS: &[Setting] = &[
    Setting {
        name: "max-body-bytes",
        section: "Limits",
        value: "BYTES",
        kind: Kind::One,
        flag: true,
        variables: &["HEADROOM_MAX_BODY_BYTES"],
        default: Ok("104857600"),
        help: "Longest request",
        set: |launch, texts| put(&mut launch.proxy.max_body_bytes, texts),
    },
    Setting {
        name: "retries",
        section: "Limits",
        value: "NUMBER",
        kind: Kind::One,
        flag: true,
        variables: &["HEADROOM_RETRIES"],
        default: Ok("0"),
        help: "Times a request is sent again that an upstream could not take; never after its first byte",
        set: |launch, texts| put(&mut launch.proxy.retries, texts),
    },
    Setting {
        name: "idle-timeout",
        section: "Limits",
        value: "SECONDS",
        kind: Kind::One,
        flag: true,
        variables: &["HEADROOM_IDLE_TIMEOUT"],
        default: Ok("600"),
        help: "How long an upstream may be silent",
        set: |launch, texts| put(&mut launch.proxy.idle_timeout, texts),
    },
    Setting {
        name: "drain-timeout",
        section: "Limits",
        value: "SECONDS",
        kind: Kind::One,
        flag: true,
        variables: &["HEADROOM_DRAIN_TIMEOUT"],
        default: Ok("30"),
        help: "How long requests under way may take when the proxy is told to end",
        set: |launch, texts| put(&mut launch.proxy.drain_timeout, texts),
    },
    limit!(
        "rpm",
        requests_per_minute,
        true,
        "Requests a minute and credential",
        "HEADROOM_RPM"
    ),
    limit!(
        "tpm",
        tokens_per_minute,
        true,
        "Tokens a minute and credential, as providers bill them",
        "HEADROOM_TPM"
    ),
    limit!(
        "tokens-per-day",
        tokens_per_day,
        false,
        "Tokens a day (UTC) of all requests together",
        "HEADROOM_TOKENS_PER_DAY"
    ),
];

const LOGS: &[Setting] = &[
    Setting {
        name: "log-format",
        section: "Logs",
        value: "text|json",
        kind: Kind::One,
        flag: true,
        variables: &["HEADROOM_LOG_FORMAT"],
        default: Ok("text"),
        help: "Lines for people, or a JSON object a line",
        set: |launch, texts| choose(&mut launch.log.format, texts, &FORMATS),
    },
    Setting {
        name: "log-level",
        section: "Logs",
        value: "off|error|warn|info|debug",
        kind: Kind::One,
        flag: true,
        variables: &["HEADROOM_LOG_LEVEL"],
        default: Ok("info"),
        help: "What is logged, to stderr; never texts of requests, never credentials",
        set: |launch, texts| choose(&mut launch.log.level, texts, &LEVELS),
    },
];

const CCR: [(&str, Ccr); 3] = [("hidden", Ccr::Hidden), ("mcp", Ccr::Mcp), ("off", Ccr::Off)];
const USAGE: [(&str, UsageShown); 2] = [("sum", UsageShown::Sum), ("last", UsageShown::Last)];
const FORMATS: [(&str, LogFormat); 2] = [("text", LogFormat::Text), ("json", LogFormat::Json)];
const LEVELS: [(&str, Level); 5] = [
    ("off", Level::Off),
    ("error", Level::Error),
    ("warn", Level::Warn),
    ("info", Level::Info),
    ("debug", Level::Debug),
];
const SWITCH: [(&str, bool); 8] = [
    ("true", true),
    ("false", false),
    ("1", true),
    ("0", false),
    ("yes", true),
    ("no", false),
    ("on", true),
    ("off", false),
];

#[cfg(test)]
mod tests {
    use super::super::Launch;
    use super::*;

    #[test]
    fn defaults_are_those_that_hold() {
        let mut launch = Launch::default();
        for setting in all() {
            if let Ok(text) = setting.default {
                (setting.set)(&mut launch, &[text.to_owned()]).unwrap();
            }
        }
        let minimum = launch.proxy.engine.compress.min_tokens.take();
        assert_eq!(minimum, Some(headroom::options::DEFAULT_MIN_TOKENS));
        assert_eq!(launch, Launch::default());
    }

    #[test]
    fn there_are_few_and_each_has_one_name() {
        let flags = all().filter(|setting| setting.flag).count();
        // `--store` is the last one.
        assert!(flags < 25, "{flags}");
        for (at, setting) in all().enumerate() {
            for other in all().skip(at + 1) {
                assert_ne!(setting.name, other.name);
                assert!(
                    setting
                        .variables
                        .iter()
                        .all(|name| !other.variables.contains(name))
                );
            }
        }
    }
}
