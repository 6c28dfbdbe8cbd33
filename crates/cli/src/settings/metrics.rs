//! Where metrics go: the variables of OpenTelemetry.

use headroom_proxy::OtelOptions;

use super::setting::{Kind, Setting, Unset, one, read};

const SECTION: &str = "Metrics";

/// Metrics, by the variables of OpenTelemetry.
macro_rules! otel {
    ($name:literal, $kind:expr, $help:literal, $default:expr, $variable:literal, $set:expr) => {
        Setting {
            name: $name,
            section: SECTION,
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

/// In the order they are shown in.
pub(super) const SETTINGS: &[Setting] = &[
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
