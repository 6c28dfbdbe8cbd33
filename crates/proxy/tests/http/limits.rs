//! How much may be asked for.

use serde_json::Value;

use crate::world::{Reply, TOKEN, World, text};

fn billed(tokens: u64) -> Reply {
    let body = format!("{{\"content\":[],\"usage\":{{\"input_tokens\":{tokens},\"output_tokens\":5}}}}");
    Reply::new(200, "application/json", body)
}

const ASK: &str = "{\"model\":\"m\",\"messages\":[]}";

async fn ask(world: &World, key: &str) -> u16 {
    let response = world.send("/v1/messages", &[("x-api-key", key)], ASK).await;
    let status = response.status().as_u16();
    text(response).await.unwrap();
    status
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_requests_are_refused_in_the_providers_words() {
    let world = World::with(vec![billed(1); 4], |options| {
        options.limits.requests_per_minute = Some(2);
        options.token = Some(TOKEN.to_owned());
    })
    .await;
    assert_eq!((ask(&world, "anna").await, ask(&world, "anna").await), (200, 200));
    let refused = world.send("/v1/messages", &[("x-api-key", "anna")], ASK).await;
    assert_eq!(refused.status(), 429);
    let wait: u64 = refused.headers()["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=30).contains(&wait), "{wait}");
    assert!(refused.headers().contains_key("x-headroom-request-id"));
    let error: Value = serde_json::from_str(&text(refused).await.unwrap()).unwrap();
    assert_eq!(
        (&error["type"], &error["error"]["type"]),
        (&"error".into(), &"rate_limit_error".into())
    );
    let openai = world
        .send("/v1/chat/completions", &[("x-api-key", "anna")], ASK)
        .await;
    let error: Value = serde_json::from_str(&text(openai).await.unwrap()).unwrap();
    assert_eq!(error["error"]["code"], "rate_limit_exceeded");
    // Somebody else, and the proxy's own endpoints, are not concerned.
    assert_eq!(ask(&world, "bob").await, 200);
    let stats = world.stats(3).await;
    assert_eq!(stats["requests"]["rate_limited"], 2);
    assert_eq!(world.got().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_taken_when_a_request_is_over() {
    let world = World::with(vec![billed(700), billed(1)], |options| {
        options.limits.tokens_per_minute = Some(500);
        options.token = Some(TOKEN.to_owned());
    })
    .await;
    assert_eq!(ask(&world, "anna").await, 200);
    world.stats(1).await;
    assert_eq!(ask(&world, "anna").await, 429);
    assert_eq!(ask(&world, "bob").await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_days_tokens_are_those_of_all() {
    let world = World::with(vec![billed(95), billed(1)], |options| {
        options.limits.tokens_per_day = Some(100);
        options.token = Some(TOKEN.to_owned());
    })
    .await;
    assert_eq!(ask(&world, "anna").await, 200);
    world.stats(1).await;
    let refused = world.send("/v1/messages", &[("x-api-key", "bob")], ASK).await;
    assert_eq!(refused.status(), 429);
    assert!(text(refused).await.unwrap().contains("tokens of this day"));
}
