//! Metrics to a collector, and one that is away.

use std::time::Duration;

use headroom_proxy::OtelOptions;
use serde_json::Value;

use crate::world::{Reply, World, text};

fn to(endpoint: Option<String>) -> OtelOptions {
    OtelOptions {
        endpoint,
        headers: "authorization=Basic%20YTpi".to_owned(),
        service_name: "shop".to_owned(),
        interval: 100,
        ..OtelOptions::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_gets_sums_and_distributions() {
    let collector = World::new(vec![Reply::new(200, "application/json", "{}"); 500]).await;
    let world = World::with(vec![Reply::new(200, "application/json", "{}")], |options| {
        options.otel = Some(to(Some(collector.upstream.clone())));
    })
    .await;
    text(
        world
            .send("/v1/messages", &[("x-api-key", "sk-secret")], "{\"messages\":[]}")
            .await,
    )
    .await
    .unwrap();
    world.proxy.close().await;
    let got = collector.got();
    let last = got.last().expect("the last export is at the end");
    assert_eq!(
        (last.method.as_str(), last.path.as_str()),
        ("POST", "/v1/metrics")
    );
    assert_eq!(last.headers["authorization"], "Basic YTpi");
    assert_eq!(last.headers["content-type"], "application/json");
    let body: Value = serde_json::from_slice(&last.body).unwrap();
    let resource = &body["resourceMetrics"][0];
    assert_eq!(
        resource["resource"]["attributes"][0]["value"]["stringValue"],
        "shop"
    );
    let metrics = resource["scopeMetrics"][0]["metrics"].as_array().unwrap();
    let metric = |name: &str| metrics.iter().find(|metric| metric["name"] == name).unwrap();
    let sum = &metric("headroom_requests_total")["sum"];
    assert_eq!(
        (&sum["isMonotonic"], &sum["aggregationTemporality"]),
        (&true.into(), &2.into())
    );
    assert_eq!(sum["dataPoints"][0]["asDouble"], 1.0);
    let histogram = &metric("headroom_latency_ms")["histogram"]["dataPoints"][0];
    assert_eq!(histogram["count"], "1");
    let length = |key: &str| histogram[key].as_array().unwrap().len();
    assert_eq!(length("bucketCounts"), length("explicitBounds") + 1);
    let text = String::from_utf8_lossy(&last.body).into_owned();
    assert!(!text.contains("secret"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_away_costs_no_request() {
    let world = World::with(vec![Reply::new(200, "text/plain", "hi")], |options| {
        options.otel = Some(to(Some("http://127.0.0.1:1".to_owned())));
    })
    .await;
    tokio::time::sleep(Duration::from_millis(250)).await;
    assert_eq!(text(world.send("/v1/x", &[], "").await).await.unwrap(), "hi");
    world.proxy.close().await;
}
