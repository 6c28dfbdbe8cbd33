//! Where the cached contents of a request lie, and who may ask for them.

use hyper::http::HeaderMap;
use hyper::http::header::{AUTHORIZATION, HeaderName};

use crate::providers::{Provider, Route};

/// Headers that say who asks, and who pays.
const CREDENTIALS: [HeaderName; 3] = [
    AUTHORIZATION,
    HeaderName::from_static("x-goog-api-key"),
    HeaderName::from_static("x-goog-user-project"),
];

/// See the module. Held in memory alone: it has the client's credentials.
#[derive(Clone)]
pub(super) struct Place {
    provider: Provider,
    /// Version of the API, as the path begins with it.
    version: String,
    /// What the collection lies in: nothing, or a project and its location.
    parent: String,
    /// The model, as cached contents name it.
    pub(super) model: String,
    /// The credential, where the address has it.
    key: Option<String>,
    /// The credentials of the client's headers.
    pub(super) headers: HeaderMap,
}

impl Place {
    /// The place for what is posted on a route; `None` where its provider has none.
    pub(super) fn of(route: &Route, headers: &HeaderMap) -> Option<Self> {
        let (path, query) = route.path.split_once('?').unwrap_or((&route.path, ""));
        let (asked, _) = path.split_once(':')?;
        let (version, model, parent) = match route.provider {
            // The first version has no cached contents.
            Provider::Gemini => ["/v1beta", "/v1alpha"].iter().find_map(|version| {
                let model = asked.strip_prefix(version)?.strip_prefix('/')?;
                model.starts_with("models/").then_some((*version, model, ""))
            })?,
            Provider::Vertex => {
                let at = asked.find("/projects/")?;
                let model = &asked[at + 1..];
                let (parent, _) = model.split_once("/publishers/google/models/")?;
                parent
                    .contains("/locations/")
                    .then_some((&asked[..at], model, parent))?
            }
            _ => return None,
        };
        let key = query
            .split('&')
            .find_map(|pair| pair.strip_prefix("key="))
            .map(str::to_owned);
        let mut credentials = HeaderMap::new();
        for name in CREDENTIALS {
            if let Some(value) = headers.get(&name) {
                credentials.insert(name, value.clone());
            }
        }
        Some(Self {
            provider: route.provider,
            version: version.to_owned(),
            parent: parent.to_owned(),
            model: model.to_owned(),
            key,
            headers: credentials,
        })
    }

    /// The way to where new ones are made.
    pub(super) fn collection(&self) -> Route {
        let slash = if self.parent.is_empty() { "" } else { "/" };
        self.route(&format!("{}{slash}cachedContents", self.parent), None)
    }

    /// The way to one of them; `None` where its name is none of this place's.
    pub(super) fn one(&self, name: &str, query: Option<&str>) -> Option<Route> {
        let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'.');
        let start = if self.parent.is_empty() {
            "cachedContents/"
        } else {
            "projects/"
        };
        let is_sound = name.starts_with(start) && name.bytes().all(known) && !name.contains("..");
        is_sound.then(|| self.route(name, query))
    }

    fn route(&self, rest: &str, query: Option<&str>) -> Route {
        let key = self.key.as_ref().map(|key| format!("key={key}"));
        let query: Vec<&str> = query.into_iter().chain(key.as_deref()).collect();
        let mark = if query.is_empty() { "" } else { "?" };
        Route {
            provider: self.provider,
            path: format!("{}/{rest}{mark}{}", self.version, query.join("&")),
            call: None,
            live: None,
        }
    }

    /// Takes in who asks, where and for which model.
    pub(super) fn hash(&self, hasher: &mut blake3::Hasher) {
        let name = self.provider.name();
        let mut parts = vec![name.as_bytes(), self.version.as_bytes(), self.model.as_bytes()];
        parts.push(self.key.as_deref().unwrap_or_default().as_bytes());
        for header in &CREDENTIALS {
            parts.push(self.headers.get(header).map_or(b"", |value| value.as_bytes()));
        }
        for part in parts {
            hasher.update(&(part.len() as u64).to_le_bytes()).update(part);
        }
    }
}

#[cfg(test)]
mod tests {
    use hyper::{Method, Uri};

    use super::*;
    use crate::providers::route;

    fn place(path: &'static str) -> Option<Place> {
        let mut headers = HeaderMap::new();
        headers.insert("x-goog-api-key", "secret".parse().unwrap());
        headers.insert("user-agent", "a".parse().unwrap());
        Place::of(&route(&Method::POST, &Uri::from_static(path), &headers), &headers)
    }

    #[test]
    fn a_models_cached_contents_lie_beside_it() {
        let at = place("/v1beta/models/gemini-3-pro:streamGenerateContent?alt=sse&key=k").unwrap();
        assert_eq!(at.model, "models/gemini-3-pro");
        assert_eq!(at.collection().path, "/v1beta/cachedContents?key=k");
        assert_eq!(
            at.one("cachedContents/a-1", Some("updateMask=ttl")).unwrap().path,
            "/v1beta/cachedContents/a-1?updateMask=ttl&key=k"
        );
        assert_eq!(at.headers.len(), 1);
        let at = place("/v1/projects/p/locations/eu/publishers/google/models/gemini-3-pro:generateContent")
            .unwrap();
        assert_eq!(
            at.model,
            "projects/p/locations/eu/publishers/google/models/gemini-3-pro"
        );
        assert_eq!(at.collection().path, "/v1/projects/p/locations/eu/cachedContents");
        assert_eq!(
            at.one("projects/7/locations/eu/cachedContents/9", None)
                .unwrap()
                .path,
            "/v1/projects/7/locations/eu/cachedContents/9"
        );
    }

    #[test]
    fn where_there_are_none_there_is_no_place_and_no_odd_name_is_asked_for() {
        for path in [
            "/v1/models/gemini-3-pro:generateContent",
            "/v1beta/tunedModels/t:generateContent",
            "/v1/projects/p/locations/eu/publishers/anthropic/models/claude:rawPredict",
            "/v1/messages",
        ] {
            assert!(place(path).is_none(), "{path}");
        }
        let at = place("/v1beta/models/gemini-3-pro:generateContent").unwrap();
        for name in [
            "files/a",
            "cachedContents/../files/a",
            "cachedContents/a?b",
            "cachedContents/ä",
            "",
        ] {
            assert!(at.one(name, None).is_none(), "{name}");
        }
    }

    #[test]
    fn whoever_asks_with_another_credential_is_somebody_else() {
        let hash = |path| {
            let mut hasher = blake3::Hasher::new();
            place(path).unwrap().hash(&mut hasher);
            hasher.finalize()
        };
        let one = hash("/v1beta/models/m:generateContent?key=a");
        assert_eq!(one, hash("/v1beta/models/m:streamGenerateContent?alt=sse&key=a"));
        assert_ne!(one, hash("/v1beta/models/m:generateContent?key=b"));
        assert_ne!(one, hash("/v1beta/models/n:generateContent?key=a"));
    }
}
