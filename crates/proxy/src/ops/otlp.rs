//! OpenTelemetry: metrics as OTLP over HTTP in JSON, every so often, to a collector.
//!
//! It goes through the proxy's own pool of connections. A collector that is slow or away costs its figures, which
//! are sums since the start and so in the next export; it is said once until it comes back.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use headroom::{Error, ErrorCode};
use hyper::http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Request, Uri};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::family::{self, Family, Point, Values};
use super::histogram::Histogram;
use crate::app::App;
use crate::options::{OtelOptions, base};
use crate::relay::body::Body;

/// How long a collector may take. The last export at the end of the process waits for it.
const PATIENCE: Duration = Duration::from_secs(3);

/// No more often, whatever is asked for.
const SHORTEST: Duration = Duration::from_millis(100);

/// Sums and distributions count from the start.
const CUMULATIVE: u8 = 2;

/// Sends metrics.
pub(crate) struct Exporter {
    target: Uri,
    headers: HeaderMap,
    service: String,
    interval: Duration,
    begun: String,
}

impl Exporter {
    /// An exporter, if there is a collector to send to.
    ///
    /// Errors: an address or a header that cannot be used.
    pub(crate) fn new(options: &OtelOptions) -> Result<Option<Self>, Error> {
        let filled = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
        let target = match (filled(&options.metrics_endpoint), filled(&options.endpoint)) {
            (Some(whole), _) => base(&whole)?,
            (None, Some(start)) => base(&format!("{}/v1/metrics", start.trim().trim_end_matches('/')))?,
            (None, None) => return Ok(None),
        };
        Ok(Some(Self {
            target,
            headers: headers(&options.headers)?,
            service: options.service_name.clone(),
            interval: Duration::from_millis(options.interval).max(SHORTEST),
            begun: nanos(),
        }))
    }

    /// Exports until the proxy is told to end; [`Exporter::last`] is for when it has.
    pub(crate) async fn run(self: Arc<Self>, app: Arc<App>, mut ending: watch::Receiver<bool>) {
        let mut away = false;
        loop {
            // An error is that nobody can tell any more.
            let ended = tokio::time::timeout(self.interval, ending.changed())
                .await
                .is_ok();
            if ended || *ending.borrow() {
                return;
            }
            self.export(&app, &mut away).await;
        }
    }

    /// What came since the last export.
    pub(crate) async fn last(&self, app: &App) {
        self.export(app, &mut false).await;
    }

    async fn export(&self, app: &App, away: &mut bool) {
        let body = write(
            &family::all(&app.ops.tally()),
            &self.service,
            &self.begun,
            &nanos(),
        );
        let mut request = Request::new(Body::full(body.to_string()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.target.clone();
        request.headers_mut().clone_from(&self.headers);
        let trouble = match tokio::time::timeout(PATIENCE, app.upstream.send(request)).await {
            Ok(Ok(response)) if response.status().is_success() => None,
            Ok(Ok(response)) => Some(format!("it answers {}", response.status())),
            Ok(Err((_, why))) => Some(why),
            Err(_) => Some("it does not answer in time".to_owned()),
        };
        match &trouble {
            Some(why) if !*away => tracing::warn!(why, "metrics cannot be sent to the collector"),
            None if *away => tracing::info!("metrics are sent to the collector again"),
            _ => {}
        }
        *away = trouble.is_some();
    }
}

/// `name=value,name=value`, values percent-encoded.
fn headers(text: &str) -> Result<HeaderMap, Error> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    for pair in text.split(',').filter(|pair| !pair.trim().is_empty()) {
        // The value may be a secret and is not told.
        let wrong = || {
            Error::new(
                ErrorCode::InvalidOptions,
                "a header for the collector cannot be read",
            )
            .hint("write OTEL_EXPORTER_OTLP_HEADERS as name=value,name=value with values percent-encoded")
        };
        let (name, value) = pair.split_once('=').ok_or_else(wrong)?;
        let name: HeaderName = name.trim().parse().map_err(|_| wrong())?;
        let mut value = HeaderValue::from_str(&percent_decode_str(value.trim()).decode_utf8_lossy())
            .map_err(|_| wrong())?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Ok(headers)
}

/// Now, in nanoseconds since 1970, as text: JSON numbers end too early.
fn nanos() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_nanos()).to_string()
}

/// An `ExportMetricsServiceRequest`.
fn write(families: &[Family], service: &str, begun: &str, now: &str) -> Value {
    let metrics: Vec<Value> = families.iter().map(|family| metric(family, begun, now)).collect();
    json!({ "resourceMetrics": [{
        "resource": { "attributes": [attribute("service.name", service)] },
        "scopeMetrics": [{
            "scope": { "name": "headroom", "version": env!("CARGO_PKG_VERSION") },
            "metrics": metrics,
        }],
    }] })
}

fn attribute(key: &str, value: &str) -> Value {
    json!({ "key": key, "value": { "stringValue": value } })
}

fn metric(family: &Family, begun: &str, now: &str) -> Value {
    let number = |point: &Point| {
        let labels: Vec<Value> = point
            .labels
            .iter()
            .map(|(label, value)| attribute(label, value))
            .collect();
        json!({
            "attributes": labels,
            "startTimeUnixNano": begun,
            "timeUnixNano": now,
            "asDouble": point.value,
        })
    };
    let numbers = |points: &[Point]| points.iter().map(number).collect::<Vec<_>>();
    let mut metric = json!({ "name": family.name, "description": family.help });
    match &family.values {
        Values::Counter(points) => {
            metric["sum"] = json!({
                "dataPoints": numbers(points),
                "aggregationTemporality": CUMULATIVE,
                "isMonotonic": true,
            });
        }
        Values::Gauge(points) => metric["gauge"] = json!({ "dataPoints": numbers(points) }),
        Values::Histogram(histogram) => {
            metric["unit"] = "ms".into();
            metric["histogram"] = json!({
                "dataPoints": [distribution(histogram, begun, now)],
                "aggregationTemporality": CUMULATIVE,
            });
        }
    }
    metric
}

fn distribution(histogram: &Histogram, begun: &str, now: &str) -> Value {
    // 64-bit integers are strings in JSON of protocol buffers.
    let counts: Vec<String> = histogram.counts().iter().map(u64::to_string).collect();
    json!({
        "attributes": [],
        "startTimeUnixNano": begun,
        "timeUnixNano": now,
        "count": histogram.count().to_string(),
        "sum": histogram.sum(),
        "bucketCounts": counts,
        "explicitBounds": histogram.bounds(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read_as_the_standard_writes_them() {
        let read = headers("authorization=Basic%20YTpi, x-scope = 1,").unwrap();
        assert_eq!(read["authorization"], "Basic YTpi");
        assert_eq!(read["x-scope"], "1");
        let error = headers("secret").unwrap_err().to_string();
        assert!(
            !error.contains("\"secret\"") && error.contains("OTEL_EXPORTER_OTLP_HEADERS"),
            "{error}"
        );
    }

    #[test]
    fn an_address_for_metrics_goes_before_the_one_for_all() {
        let mut options = OtelOptions::default();
        assert!(Exporter::new(&options).unwrap().is_none());
        options.endpoint = Some("http://127.0.0.1:4318/".to_owned());
        let target = |options: &OtelOptions| Exporter::new(options).unwrap().unwrap().target.to_string();
        assert_eq!(target(&options), "http://127.0.0.1:4318/v1/metrics");
        options.metrics_endpoint = Some("http://127.0.0.1:9/own".to_owned());
        assert_eq!(target(&options), "http://127.0.0.1:9/own");
        options.metrics_endpoint = Some("127.0.0.1".to_owned());
        assert!(Exporter::new(&options).is_err());
    }
}
