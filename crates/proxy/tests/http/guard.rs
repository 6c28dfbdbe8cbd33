//! Who may speak to the proxy.

use crate::world::{Reply, World, text};
use headroom_proxy::ProxyOptions;

#[tokio::test(flavor = "multi_thread")]
async fn pages_and_rebound_names_are_refused_on_every_route() {
    let world = World::new(vec![]).await;
    for path in ["/v1/messages", "/livez", "/anything"] {
        for headers in [
            [("host", "evil.example")],
            [("origin", "https://evil.example")],
            [("origin", "null")],
        ] {
            let response = world.send(path, &headers, "{}").await;
            assert_eq!(response.status(), 403, "{path} {headers:?}");
            assert!(!response.headers().contains_key("access-control-allow-origin"));
        }
    }
    assert!(world.got().is_empty());
    let response = world
        .send("/livez", &[("origin", "http://localhost:3000")], "{}")
        .await;
    assert_eq!(text(response).await.unwrap(), "{\"status\":\"ok\"}");
}

/// A page whose name was bound to the loopback anew says its own name; what only looks like ours is not ours.
#[tokio::test(flavor = "multi_thread")]
async fn names_that_only_look_like_the_loopback_are_refused() {
    let world = World::new(vec![]).await;
    for name in [
        "127.0.0.1.evil.example",
        "localhost.evil.example:8787",
        "evil.example:localhost",
        "localhost@evil.example",
        "evil.example/localhost",
        "localhost, evil.example",
        "2130706433",
        "0x7f.1",
        "127.1",
        "0.0.0.0",
        "[::]",
        "[::ffff:127.0.0.1]",
        "::1.evil.example",
        "",
    ] {
        let response = world.send("/livez", &[("host", name)], "").await;
        assert!([400, 403].contains(&response.status().as_u16()), "{name}");
        let origin = format!("http://{name}");
        let response = world.send("/livez", &[("origin", &origin)], "").await;
        assert_eq!(response.status(), 403, "{origin}");
    }
    for twice in [["localhost", "evil.example"], ["evil.example", "localhost"]] {
        let response = world.send("/livez", &twice.map(|name| ("host", name)), "").await;
        assert!([400, 403].contains(&response.status().as_u16()), "{twice:?}");
    }
    for name in [
        "localhost",
        "LOCALHOST:1",
        "127.0.0.1:8787",
        "127.8.8.8",
        "[::1]:8787",
    ] {
        assert_eq!(
            world.send("/livez", &[("host", name)], "").await.status(),
            200,
            "{name}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_allowed_may_be_used() {
    let world = World::with(vec![Reply::new(200, "text/plain", "hi")], |options| {
        options.allowed_hosts = vec!["Proxy.Example".to_owned()];
    })
    .await;
    let response = world.send("/v1/x", &[("host", "proxy.example:8787")], "").await;
    assert_eq!(text(response).await.unwrap(), "hi");
}

#[tokio::test(flavor = "multi_thread")]
async fn other_addresses_need_a_token() {
    let options = ProxyOptions {
        host: "0.0.0.0".parse().unwrap(),
        port: 0,
        ..ProxyOptions::default()
    };
    let engine = crate::world::engine(&options);
    let error = headroom_proxy::start(&options, engine).await.err().unwrap();
    assert!(error.to_string().contains("without a token"), "{error}");
    let world = World::with(vec![Reply::new(200, "text/plain", "hi")], |options| {
        options.host = "0.0.0.0".parse().unwrap();
        options.token = Some("s3cret".to_owned());
    })
    .await;
    assert_eq!(world.send("/v1/x", &[], "").await.status(), 401);
    assert_eq!(
        world
            .send("/v1/x", &[("x-headroom-token", "s3cre")], "")
            .await
            .status(),
        401
    );
    let response = world.send("/v1/x", &[("x-headroom-token", "s3cret")], "").await;
    assert_eq!(response.status(), 200);
    assert!(!world.got()[0].headers.contains_key("x-headroom-token"));
}

#[tokio::test(flavor = "multi_thread")]
async fn elsewhere_only_the_signs_of_life_are_open() {
    let world = World::with(vec![], |options| {
        options.host = "0.0.0.0".parse().unwrap();
        options.token = Some("s3cret".to_owned());
    })
    .await;
    for path in ["/livez", "/readyz", "/dashboard"] {
        assert_eq!(world.get(path, &[]).await.status(), 200, "{path}");
    }
    for path in ["/health", "/metrics", "/stats", "/v1/retrieve/stats"] {
        assert_eq!(world.get(path, &[]).await.status(), 401, "{path}");
        let bearer = [("authorization", "Bearer s3cret")];
        assert_eq!(world.get(path, &bearer).await.status(), 200, "{path}");
    }
    assert_eq!(world.send("/v1/compress", &[], "{}").await.status(), 401);
}
