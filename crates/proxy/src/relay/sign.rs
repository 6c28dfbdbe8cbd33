//! Requests to Amazon Bedrock, signed anew.
//!
//! A client signs body and host (Signature Version 4); both are others behind the proxy. So what came signed goes on
//! signed with the credentials the proxy was given. A bearer token covers neither and passes as it is.

use std::fmt;
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use hyper::http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use hyper::http::{HeaderMap, Method, Uri};

use crate::options::AwsOptions;

/// How the scheme begins in `authorization`.
const SCHEME: &str = "AWS4-HMAC-SHA256";

/// The region where an address names none.
const REGION: &str = "us-east-1";

/// Signs requests.
#[derive(Clone)]
pub(crate) struct Signer {
    credentials: Credentials,
    region: String,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer")
    }
}

impl Signer {
    /// With the user's credentials, for the region of an address (`bedrock-runtime.eu-west-1.amazonaws.com`) unless
    /// the options name one.
    pub(crate) fn new(options: &AwsOptions, upstream: Option<&str>) -> Self {
        let of_address = upstream.and_then(|host| {
            let rest = host.split_once("bedrock-runtime")?.1;
            rest.trim_start_matches("-fips")
                .strip_prefix('.')?
                .split('.')
                .next()
        });
        let region = options.region.as_deref().or(of_address).unwrap_or(REGION);
        Self {
            credentials: Credentials::new(
                options.access_key_id.clone(),
                options.secret_access_key.clone(),
                options.session_token.clone(),
                None,
                "headroom",
            ),
            region: region.to_owned(),
        }
    }

    /// Signs a request in place of its client; the error is a sentence.
    pub(super) fn sign(
        &self,
        method: &Method,
        to: &Uri,
        headers: &mut HeaderMap,
        body: &[u8],
        now: SystemTime,
    ) -> Result<(), String> {
        for name in [
            "authorization",
            "x-amz-date",
            "x-amz-security-token",
            "x-amz-content-sha256",
        ] {
            headers.remove(name);
        }
        let identity = self.credentials.clone().into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name("bedrock")
            .time(now)
            .settings(SigningSettings::default())
            .build()
            .map_err(|error| error.to_string())?;
        let texts = headers
            .iter()
            .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
        let url = to.to_string();
        let request = SignableRequest::new(method.as_str(), &url, texts, SignableBody::Bytes(body))
            .map_err(|error| error.to_string())?;
        let signed = sign(request, &parameters.into()).map_err(|error| error.to_string())?;
        for (name, value) in signed.output().headers() {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|error| error.to_string())?;
            let value = HeaderValue::from_str(value).map_err(|error| error.to_string())?;
            headers.insert(name, value);
        }
        Ok(())
    }
}

/// True when a request came signed.
pub(super) fn is_signed(headers: &HeaderMap) -> bool {
    let authorization = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    authorization.is_some_and(|value| value.starts_with(SCHEME))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer(region: Option<&str>, host: &str) -> Signer {
        let options = AwsOptions {
            access_key_id: "AKIDEXAMPLE".to_owned(),
            secret_access_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned(),
            session_token: Some("session".to_owned()),
            region: region.map(str::to_owned),
        };
        Signer::new(&options, Some(host))
    }

    #[test]
    fn the_region_is_that_of_the_address_unless_named() {
        let region = |named, host| signer(named, host).region;
        assert_eq!(
            region(None, "bedrock-runtime.eu-west-1.amazonaws.com"),
            "eu-west-1"
        );
        assert_eq!(
            region(None, "bedrock-runtime-fips.us-gov-west-1.amazonaws.com"),
            "us-gov-west-1"
        );
        assert_eq!(
            region(Some("ap-south-1"), "bedrock-runtime.eu-west-1.amazonaws.com"),
            "ap-south-1"
        );
        assert_eq!(region(None, "127.0.0.1"), "us-east-1");
    }

    #[test]
    fn a_signature_covers_body_host_and_path() {
        let now = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_700_000_000);
        let signed = |url: &str, body: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(
                AUTHORIZATION,
                HeaderValue::from_static("AWS4-HMAC-SHA256 Credential=old"),
            );
            headers.insert("content-type", HeaderValue::from_static("application/json"));
            assert!(is_signed(&headers));
            let signer = signer(None, "bedrock-runtime.eu-west-1.amazonaws.com");
            signer
                .sign(
                    &Method::POST,
                    &url.parse().unwrap(),
                    &mut headers,
                    body.as_bytes(),
                    now,
                )
                .unwrap();
            assert_eq!(headers["x-amz-security-token"], "session");
            headers[AUTHORIZATION].to_str().unwrap().to_owned()
        };
        let url = "https://bedrock-runtime.eu-west-1.amazonaws.com/model/a%3A0/converse";
        let first = signed(url, "{}");
        assert!(
            first.starts_with(
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20231114/eu-west-1/bedrock/aws4_request"
            ),
            "{first}"
        );
        assert!(first.contains("host") && !first.contains("old"), "{first}");
        assert_eq!(first, signed(url, "{}"));
        assert_ne!(first, signed(url, "{} "));
        assert_ne!(
            first,
            signed(
                "https://bedrock-runtime.eu-west-1.amazonaws.com/model/b/converse",
                "{}"
            )
        );
    }
}
