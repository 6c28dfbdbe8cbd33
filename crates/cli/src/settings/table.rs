//! The settings, each said once.

use std::str::FromStr;

use headroom_proxy::OtelOptions;
use headroom_proxy::engine::{Ccr, UsageShown};

use super::Launch;
use crate::log::{Level, LogFormat};

/// How a setting's values are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    One,
    /// Shown to nobody.
    Secret,
    /// Commas between them; as a flag also one by one.
    Many,
    /// On by its name alone.
    Switch,
}

/// What holds when a setting is not made and there is no value that says the same.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unset(pub(crate) &'static str);

/// One setting.
#[derive(Debug)]
pub(crate) struct Setting {
    /// The flag without its dashes, and the key in the file.
    pub(crate) name: &'static str,
    pub(crate) section: &'static str,
    /// What stands for its value.
    pub(crate) value: &'static str,
    pub(crate) kind: Kind,
    /// There is a flag; a few settings are everybody's variables and need none.
    pub(crate) flag: bool,
    /// Variables of the environment; the first that is set counts.
    pub(crate) variables: &'static [&'static str],
    /// The default as it would be written.
    pub(crate) default: Result<&'static str, Unset>,
    pub(crate) help: &'static str,
    /// Reads values; the error says what is wrong with them.
    pub(crate) set: fn(&mut Launch, &[String]) -> Result<(), String>,
}

impl Setting {
    /// What help says.
    pub(crate) fn told(&self) -> String {
        let default = match self.default {
            Ok(text) => text,
            Err(Unset(words)) => words,
        };
        format!(
            "{}. Default: {default}. [{}]",
            self.help,
            self.variables.join(", ")
        )
    }

    /// What it can be set to.
    pub(super) fn takes(&self) -> String {
        let names: Vec<&str> = self.value.split('|').collect();
        match names.as_slice() {
            [what] => format!("it takes {what}; see `headroom proxy --help`"),
            names => format!("it takes one of {}", names.join(", ")),
        }
    }

    /// The values of a text, or of several.
    pub(super) fn split(&self, texts: &[String]) -> Vec<String> {
        match self.kind {
            Kind::Many => {
                let parts = texts.iter().flat_map(|text| text.split(',')).map(str::trim);
                parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
            }
            Kind::One | Kind::Secret | Kind::Switch => texts.to_vec(),
        }
    }
}

const LISTENING: &str = "Listening";
const UPSTREAMS: &str = "Upstreams";
const REQUESTS: &str = "Requests";
const LIMITS: &str = "Limits";
const LOGS: &str = "Logs";
const METRICS: &str = "Metrics";

/// An address of an upstream.
macro_rules! upstream {
    ($name:literal, $field:ident, $who:literal, $default:literal, $variables:expr) => {
        Setting {
            name: $name,
            section: UPSTREAMS,
            value: "URL",
            kind: Kind::One,
            flag: true,
            variables: $variables,
            default: Err(Unset($default)),
            help: concat!("Where ", $who, " is reached"),
            set: |launch, texts| {
                launch.proxy.upstreams.$field = Some(one(texts)?);
                Ok(())
            },
        }
    };
}

/// A file of the proxy's own certificate; few need one, so there is no flag.
macro_rules! tls {
    ($name:literal, $field:ident, $help:literal, $variables:expr) => {
        Setting {
            name: $name,
            section: LISTENING,
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

/// How upstreams are reached; addresses of proxies may hold passwords.
macro_rules! network {
    ($name:literal, $field:ident, $help:literal, $variables:expr) => {
        Setting {
            name: $name,
            section: UPSTREAMS,
            value: "TEXT",
            kind: Kind::Secret,
            flag: false,
            variables: $variables,
            default: Err(Unset("none")),
            help: $help,
            set: |launch, texts| {
                launch.proxy.network.$field = Some(one(texts)?);
                Ok(())
            },
        }
    };
}

/// Credentials as Amazon's own tools read them.
macro_rules! aws {
    ($name:literal, $field:ident, $kind:expr, $help:literal, $variables:expr) => {
        Setting {
            name: $name,
            section: UPSTREAMS,
            value: "TEXT",
            kind: $kind,
            flag: false,
            variables: $variables,
            default: Err(Unset("none")),
            help: $help,
            set: |launch, texts| {
                launch.aws.$field = Some(one(texts)?);
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
            section: LIMITS,
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

/// Metrics, by the variables of OpenTelemetry.
macro_rules! otel {
    ($name:literal, $kind:expr, $help:literal, $default:expr, $variable:literal, $set:expr) => {
        Setting {
            name: $name,
            section: METRICS,
            value: "TEXT",
            kind: $kind,
            flag: false,
            variables: &[$variable],
            default: $default,
            help: $help,
            set: |launch, texts| {
                let set: fn(&mut OtelOptions, String) -> Result<(), String> = $set;
                set(launch.proxy.otel.get_or_insert_default(), one(texts)?)
            },
        }
    };
}

/// All settings, in the order they are shown in.
pub(crate) const SETTINGS: &[Setting] = &[
    Setting {
        name: "host",
        section: LISTENING,
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
        section: LISTENING,
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
        section: LISTENING,
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
        name: "allow-host",
        section: LISTENING,
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
    upstream!(
        "anthropic-api-url",
        anthropic,
        "Anthropic, or whoever speaks its API,",
        "Anthropic's own address",
        &["ANTHROPIC_TARGET_API_URL"]
    ),
    upstream!(
        "openai-api-url",
        openai,
        "OpenAI, or whoever speaks its API,",
        "OpenAI's own address",
        &["OPENAI_TARGET_API_URL"]
    ),
    upstream!(
        "gemini-api-url",
        gemini,
        "Gemini",
        "Gemini's own address",
        &["GEMINI_TARGET_API_URL"]
    ),
    upstream!(
        "vertex-api-url",
        vertex,
        "Vertex AI",
        "Vertex AI's own address",
        &["VERTEX_TARGET_API_URL"]
    ),
    upstream!(
        "bedrock-api-url",
        bedrock,
        "Amazon Bedrock",
        "Bedrock's own address",
        &["BEDROCK_TARGET_API_URL"]
    ),
    upstream!(
        "azure-api-url",
        azure,
        "your Azure OpenAI resource",
        "none",
        &["AZURE_TARGET_API_URL"]
    ),
    network!(
        "https-proxy",
        https_proxy,
        "Proxy for `https` upstreams",
        &["HTTPS_PROXY", "https_proxy"]
    ),
    network!(
        "http-proxy",
        http_proxy,
        "Proxy for `http` upstreams",
        &["HTTP_PROXY", "http_proxy"]
    ),
    network!(
        "no-proxy",
        no_proxy,
        "Hosts that are reached without a proxy",
        &["NO_PROXY", "no_proxy"]
    ),
    Setting {
        name: "ca-file",
        section: UPSTREAMS,
        value: "PATH",
        kind: Kind::One,
        flag: false,
        variables: &["HEADROOM_CA_FILE", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"],
        default: Err(Unset("none")),
        help: "Certificates (PEM) to trust besides the system's",
        set: |launch, texts| {
            launch.proxy.network.ca_file = Some(one(texts)?);
            Ok(())
        },
    },
    aws!(
        "aws-access-key-id",
        access_key_id,
        Kind::Secret,
        "Credentials to sign requests to Bedrock anew, as their bodies have changed",
        &["AWS_ACCESS_KEY_ID"]
    ),
    aws!(
        "aws-secret-access-key",
        secret_access_key,
        Kind::Secret,
        "Its secret",
        &["AWS_SECRET_ACCESS_KEY"]
    ),
    aws!(
        "aws-session-token",
        session_token,
        Kind::Secret,
        "Its session, where it has one",
        &["AWS_SESSION_TOKEN"]
    ),
    aws!(
        "aws-region",
        region,
        Kind::One,
        "Region of Bedrock",
        &["AWS_REGION", "AWS_DEFAULT_REGION"]
    ),
    Setting {
        name: "ccr",
        section: REQUESTS,
        value: "hidden|mcp|off",
        kind: Kind::One,
        flag: true,
        variables: &["HEADROOM_CCR"],
        default: Ok("hidden"),
        help: "How the model reads back what was left out: by a tool the client never sees, by the client's own \
               (`headroom mcp`), or not at all, and then nothing is left out",
        set: |launch, texts| choose(&mut launch.proxy.engine.ccr, texts, &CCR),
    },
    Setting {
        name: "max-rounds",
        section: REQUESTS,
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
        section: REQUESTS,
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
        section: REQUESTS,
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
        section: REQUESTS,
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
        section: REQUESTS,
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
        section: REQUESTS,
        value: "true|false",
        kind: Kind::Switch,
        flag: false,
        variables: &["HEADROOM_CACHE_HINTS"],
        default: Ok("false"),
        help: "Where a client gives none, hints for the provider's prompt cache: breakpoints for Anthropic, \
               `prompt_cache_key` for OpenAI",
        set: |launch, texts| choose(&mut launch.proxy.engine.cache_hints, texts, &SWITCH),
    },
    Setting {
        name: "max-body-bytes",
        section: LIMITS,
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
        section: LIMITS,
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
        section: LIMITS,
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
        section: LIMITS,
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
    Setting {
        name: "log-format",
        section: LOGS,
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
        section: LOGS,
        value: "off|error|warn|info|debug",
        kind: Kind::One,
        flag: true,
        variables: &["HEADROOM_LOG_LEVEL"],
        default: Ok("info"),
        help: "What is logged, to stderr; never texts of requests, never credentials",
        set: |launch, texts| choose(&mut launch.log.level, texts, &LEVELS),
    },
    otel!(
        "otel-endpoint",
        Kind::One,
        "Collector of OpenTelemetry metrics; `/v1/metrics` is added",
        Err(Unset("none")),
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        |otel, text| {
            otel.endpoint = Some(text);
            Ok(())
        }
    ),
    otel!(
        "otel-metrics-endpoint",
        Kind::One,
        "The whole address for metrics, before the other",
        Err(Unset("none")),
        "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
        |otel, text| {
            otel.metrics_endpoint = Some(text);
            Ok(())
        }
    ),
    otel!(
        "otel-headers",
        Kind::Secret,
        "Headers for it, as `name=value,name=value`",
        Err(Unset("none")),
        "OTEL_EXPORTER_OTLP_HEADERS",
        |otel, text| {
            otel.headers = text;
            Ok(())
        }
    ),
    otel!(
        "otel-service-name",
        Kind::One,
        "What this proxy is called there",
        Err(Unset("headroom")),
        "OTEL_SERVICE_NAME",
        |otel, text| {
            otel.service_name = text;
            Ok(())
        }
    ),
    otel!(
        "otel-interval",
        Kind::One,
        "Milliseconds between two exports",
        Err(Unset("60000")),
        "OTEL_METRIC_EXPORT_INTERVAL",
        |otel, text| {
            otel.interval = read(&text)?;
            Ok(())
        }
    ),
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

fn read<T: FromStr<Err: ToString>>(text: &str) -> Result<T, String> {
    text.trim()
        .parse()
        .map_err(|error: T::Err| format!("{text:?}: {}", error.to_string()))
}

/// The one value there must be.
fn one<T: FromStr<Err: ToString>>(texts: &[String]) -> Result<T, String> {
    match texts {
        [text] if !text.trim().is_empty() => read(text),
        [_] => Err("it is empty".to_owned()),
        _ => Err("it takes one value, not a list".to_owned()),
    }
}

fn put<T: FromStr<Err: ToString>>(place: &mut T, texts: &[String]) -> Result<(), String> {
    *place = one(texts)?;
    Ok(())
}

/// One of the values that have names.
fn choose<T: Copy>(place: &mut T, texts: &[String], names: &[(&str, T)]) -> Result<(), String> {
    let text = one::<String>(texts)?.to_ascii_lowercase();
    match names.iter().find(|(name, _)| *name == text) {
        Some((_, value)) => *place = *value,
        None => return Err(format!("there is no {text:?}")),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_those_that_hold() {
        let mut launch = Launch::default();
        for setting in SETTINGS {
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
        let flags = SETTINGS.iter().filter(|setting| setting.flag).count();
        // `--store` is the last one.
        assert!(flags < 25, "{flags}");
        for (at, setting) in SETTINGS.iter().enumerate() {
            for other in &SETTINGS[at + 1..] {
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
