//! Addresses of servers, with what may stand in them.

use std::ffi::OsString;
use std::path::PathBuf;

use headroom::error::{Error, ErrorCode};
use redis::{ConnectionInfo, IntoConnectionInfo};

/// What addresses begin with; the last two are other spellings of the first.
const SCHEMES: [&str; 4] = ["redis://", "rediss://", "valkey://", "valkeys://"];

/// User, when the address names none.
const USERNAME: &str = "HEADROOM_REDIS_USERNAME";

/// Password, when the address has none.
const PASSWORD: &str = "HEADROOM_REDIS_PASSWORD";

/// Whether a place is the address of a server, and no file.
pub fn is_server(place: &str) -> bool {
    SCHEMES.iter().any(|scheme| place.starts_with(scheme))
}

/// A server, and what is asked of it.
pub(super) struct Address {
    pub(super) info: ConnectionInfo,
    /// Certificates to trust, as a PEM file.
    pub(super) ca: Option<PathBuf>,
    /// Replicas to wait for.
    pub(super) replicas: u64,
    /// The address without credentials.
    pub(super) shown: String,
}

impl Address {
    /// Reads an address. Nothing of it is repeated in an error, as a password may stand in it.
    pub(super) fn parse(text: &str, lookup: impl Fn(&str) -> Option<OsString>) -> Result<Self, Error> {
        let wrong = |cause: &str| {
            Error::new(ErrorCode::InvalidOptions, "the address of the store cannot be read")
                .because(cause.to_owned())
                .hint("write it like redis://user:password@host:6379/0, or rediss:// for TLS; characters such as @ in a password as %40")
        };
        let mut url = redis::parse_redis_url(text).ok_or_else(|| wrong("it is no URL"))?;
        let (mut ca, mut replicas) = (None, 0);
        for (name, value) in url.query_pairs() {
            match &*name {
                "replicas" => {
                    replicas = value
                        .parse()
                        .map_err(|_| wrong("`replicas` is not a whole number"))?;
                }
                "ca" if !value.is_empty() => ca = Some(PathBuf::from(&*value)),
                _ => return Err(wrong("it has other parameters than `replicas` and `ca`")),
            }
        }
        url.set_query(None);
        let mut shown = url.clone();
        let hidden = shown.set_username("").and_then(|()| shown.set_password(None));
        hidden.map_err(|()| wrong("it names no host"))?;
        if ca.is_some() && !matches!(url.scheme(), "rediss" | "valkeys") {
            return Err(wrong("`ca` is for rediss://"));
        }
        let info = url
            .into_connection_info()
            .map_err(|error| wrong(error.to_string().trim_end_matches(" - InvalidClientConfig")))?;
        Ok(Self {
            info: with_credentials(info, &lookup),
            ca,
            replicas,
            shown: shown.to_string(),
        })
    }
}

/// The connection with what the environment adds to it.
fn with_credentials(info: ConnectionInfo, lookup: &dyn Fn(&str) -> Option<OsString>) -> ConnectionInfo {
    let value = |name: &str| {
        let value = lookup(name).and_then(|value| value.into_string().ok());
        value.filter(|value| !value.is_empty())
    };
    let mut settings = info.redis_settings().clone();
    if settings.username().is_none()
        && settings.password().is_none()
        && let Some(username) = value(USERNAME)
    {
        settings = settings.set_username(username);
    }
    if settings.password().is_none()
        && let Some(password) = value(PASSWORD)
    {
        settings = settings.set_password(password);
    }
    info.set_redis_settings(settings)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Address, Error> {
        Address::parse(text, |_| None)
    }

    #[test]
    fn an_address_is_read_and_shown_without_credentials() {
        let address = parse("redis://anna:s%40cret@cache.example.com:6380/3?replicas=2").unwrap();
        assert_eq!(address.shown, "redis://cache.example.com:6380/3");
        assert_eq!(address.replicas, 2);
        let settings = address.info.redis_settings();
        assert_eq!(
            (settings.username(), settings.password(), settings.db()),
            (Some("anna"), Some("s@cret"), 3)
        );
        let tls = parse("rediss://:secret@[::1]?ca=/etc/our.pem").unwrap();
        assert_eq!(tls.shown, "rediss://[::1]");
        assert_eq!(tls.ca, Some(PathBuf::from("/etc/our.pem")));
    }

    #[test]
    fn law_11_an_error_repeats_no_password() {
        for text in [
            "redis://anna:hunter2@host:port",
            "redis://anna:hunter2@host/not-a-number",
            "redis://anna:hunter2@host?replicas=many",
            "redis://anna:hunter2@host?other=1",
            "redis://anna:hunter2@host?ca=/a.pem",
            "redis://anna:hunter2@",
            "redis://anna:hunter2@0.0.0.0",
        ] {
            let Err(error) = parse(text) else {
                panic!("{text} was read");
            };
            assert_eq!(error.code, ErrorCode::InvalidOptions);
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn the_environment_adds_what_the_address_does_not_say() {
        let environment = |name: &str| match name {
            USERNAME => Some("env-user".into()),
            PASSWORD => Some("env-pass".into()),
            _ => None,
        };
        for (text, username, password) in [
            ("redis://host", Some("env-user"), "env-pass"),
            ("redis://anna@host", Some("anna"), "env-pass"),
            ("redis://:own@host", None, "own"),
        ] {
            let address = Address::parse(text, environment).unwrap();
            let settings = address.info.redis_settings();
            assert_eq!(
                (settings.username(), settings.password()),
                (username, Some(password)),
                "{text}"
            );
        }
    }
}
