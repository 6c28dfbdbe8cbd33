//! What goes wrong on the way to a server, and how it is told.

use std::io;

use headroom::error::{Error, ErrorCode};
use redis::{ErrorKind, RedisError, ServerErrorKind};

use super::pool::is_answer;

/// A failure on its way up.
#[derive(Debug)]
pub(super) enum Trouble {
    Server(RedisError),
    /// A value could not be packed.
    Packing(io::Error),
    /// The file with the certificates cannot be read.
    Certificates(io::Error),
    /// Fewer replicas than asked for have it.
    Replicas {
        wanted: u64,
        reached: u64,
    },
    /// All connections are in use.
    Busy,
    /// It said nothing a moment ago, and is left alone for another one.
    Silent,
}

impl From<RedisError> for Trouble {
    /// Of several commands sent together, the first that failed says why.
    fn from(error: RedisError) -> Self {
        let answers = error.clone().into_server_errors();
        let first = answers.and_then(|answers| answers.first().map(|(_, answer)| answer.clone()));
        Self::Server(first.map_or(error, RedisError::from))
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Packing(error)
    }
}

impl Trouble {
    /// The other side has closed the connection.
    pub(super) fn is_closed(&self) -> bool {
        matches!(self, Self::Server(error) if error.is_connection_dropped())
    }

    /// Nothing was said in time.
    pub(super) fn is_silence(&self) -> bool {
        match self {
            Self::Server(error) => error.is_timeout(),
            Self::Busy => true,
            _ => false,
        }
    }

    /// The connection can be used on.
    pub(super) fn leaves_order(&self) -> bool {
        match self {
            Self::Server(error) => is_answer(error),
            Self::Packing(_) | Self::Certificates(_) | Self::Replicas { .. } | Self::Busy | Self::Silent => {
                true
            }
        }
    }

    /// The worded error; `place` is the address without credentials.
    pub(super) fn into_error(self, title: &str, place: &str) -> Error {
        let hint = self.hint();
        let cause = match self {
            Self::Server(error) if refuses_credentials(&error) => {
                "the server refused the credentials".to_owned()
            }
            Self::Server(error) => error.to_string(),
            Self::Packing(error) | Self::Certificates(error) => error.to_string(),
            Self::Replicas { wanted, reached } => {
                format!("{reached} replicas of the {wanted} asked for have it")
            }
            Self::Busy => "all connections are in use".to_owned(),
            Self::Silent => "it has said nothing a moment ago".to_owned(),
        };
        let error = Error::new(ErrorCode::Store, title).because(format!("{place}: {cause}"));
        match hint {
            Some(hint) => error.hint(hint),
            None => error,
        }
    }

    fn hint(&self) -> Option<&'static str> {
        let error = match self {
            Self::Server(error) => error,
            Self::Packing(_) => return None,
            Self::Certificates(_) => return Some("name a PEM file in `?ca=`"),
            Self::Replicas { .. } => {
                return Some("see why replicas are behind, or ask for fewer with `?replicas=`");
            }
            Self::Busy | Self::Silent => return Some("the server is slow, or has stopped answering"),
        };
        if refuses_credentials(error) {
            return Some(
                "put them into the address, or set HEADROOM_REDIS_USERNAME and HEADROOM_REDIS_PASSWORD",
            );
        }
        if error.is_connection_refusal() {
            return Some("see whether the server runs there, and which port it listens on");
        }
        if error.is_timeout() {
            return Some("the server is slow, or something on the way swallows packets");
        }
        if error.is_connection_dropped() {
            return Some("the server went away, or speaks TLS: then it is rediss://");
        }
        if error
            .detail()
            .is_some_and(|detail| detail.contains("unknown command"))
        {
            return Some("Redis 6.2 or newer is needed, or any Valkey");
        }
        match error.code() {
            Some("OOM") => {
                return Some("the server is full: raise `maxmemory`, or let old keys go with an LRU policy");
            }
            Some("MISCONF") => {
                return Some("the server cannot write its files and takes no writes until it can");
            }
            _ => {}
        }
        match error.kind() {
            ErrorKind::Server(ServerErrorKind::ReadOnly) => Some("this is a replica: name the primary"),
            ErrorKind::Server(ServerErrorKind::NoPerm) => {
                Some("allow the user GETEX, GET, SET, EXPIRE, GETRANGE, ZADD and ZRANGE on headroom:*")
            }
            ErrorKind::Server(ServerErrorKind::Moved | ServerErrorKind::Ask) => {
                Some("this is a node of a cluster: name a proxy in front of it, or a single server")
            }
            ErrorKind::Io => {
                Some("see whether the name and the port are right, and for rediss:// the certificate")
            }
            _ => None,
        }
    }
}

fn refuses_credentials(error: &RedisError) -> bool {
    error.kind() == ErrorKind::AuthenticationFailed || matches!(error.code(), Some("NOAUTH" | "WRONGPASS"))
}
