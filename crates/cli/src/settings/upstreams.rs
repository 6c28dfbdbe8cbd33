//! Where providers are, and how they are reached.

use super::setting::{Kind, Setting, Unset, one};

const SECTION: &str = "Upstreams";

/// An address of an upstream.
macro_rules! upstream {
    ($name:literal, $field:ident, $flag:literal, $who:literal, $default:literal, $variables:expr) => {
        Setting {
            name: $name,
            section: SECTION,
            value: "URL",
            kind: Kind::One,
            flag: $flag,
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

/// How upstreams are reached; addresses of proxies may hold passwords.
macro_rules! network {
    ($name:literal, $field:ident, $help:literal, $variables:expr) => {
        Setting {
            name: $name,
            section: SECTION,
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
            section: SECTION,
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

/// In the order they are shown in.
pub(super) const SETTINGS: &[Setting] = &[
    upstream!(
        "anthropic-api-url",
        anthropic,
        true,
        "Anthropic, or whoever speaks its API,",
        "Anthropic's own address",
        &["ANTHROPIC_TARGET_API_URL"]
    ),
    upstream!(
        "openai-api-url",
        openai,
        true,
        "OpenAI, or whoever speaks its API,",
        "OpenAI's own address",
        &["OPENAI_TARGET_API_URL"]
    ),
    upstream!(
        "gemini-api-url",
        gemini,
        true,
        "Gemini",
        "Gemini's own address",
        &["GEMINI_TARGET_API_URL"]
    ),
    upstream!(
        "vertex-api-url",
        vertex,
        true,
        "Vertex AI",
        "Vertex AI's own address",
        &["VERTEX_TARGET_API_URL"]
    ),
    upstream!(
        "bedrock-api-url",
        bedrock,
        true,
        "Amazon Bedrock",
        "Bedrock's own address",
        &["BEDROCK_TARGET_API_URL"]
    ),
    upstream!(
        "azure-api-url",
        azure,
        true,
        "your Azure OpenAI resource",
        "none",
        &["AZURE_TARGET_API_URL"]
    ),
    upstream!(
        "cloudcode-api-url",
        cloudcode,
        false,
        "Gemini Code Assist",
        "Code Assist's own address",
        &["CLOUDCODE_TARGET_API_URL"]
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
        section: SECTION,
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
];
