//! The dashboard, in a real browser where there is one. Screenshots are left in the target folder, to be looked at.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Once;
use std::time::{SystemTime, UNIX_EPOCH};

use headroom_store::ledger::{Counted, Hidden, Ledger, LedgerEntry, Part, Usage};
use serde_json::Value;

use crate::rounds;
use crate::world::{Reply, TOKEN, World, text};

const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];
/// Says once that there is none.
static TOLD: Once = Once::new();

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// The first browser that starts.
fn browser() -> Option<&'static str> {
    let starts = |name: &&'static str| {
        let version = Command::new(name)
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        version.is_ok_and(|status| status.success())
    };
    let found = BROWSERS.into_iter().find(starts);
    if found.is_none() {
        // Not with `eprintln!`, which the test runner keeps to itself while all is well.
        TOLD.call_once(|| {
            drop(writeln!(
                std::io::stderr(),
                "skipped: there is no Chromium on the PATH, so the dashboard was not looked at"
            ));
        });
    }
    found
}

/// What one run of the browser says: what it prints, and its log.
async fn run(browser: &'static str, name: &str, arguments: Vec<String>) -> (String, String) {
    let profile = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("profile-{name}"));
    let output = tokio::task::spawn_blocking(move || {
        Command::new(browser)
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-gpu-sandbox",
                "--hide-scrollbars",
            ])
            .args([
                "--disable-dev-shm-usage",
                "--enable-logging=stderr",
                "--virtual-time-budget=15000",
            ])
            .arg(format!("--user-data-dir={}", profile.display()))
            .args(arguments)
            .output()
    })
    .await
    .unwrap()
    .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

/// Four weeks of requests, one of them at a loss.
fn history() -> Vec<LedgerEntry> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as u64;
    let part = |tool: &str, kind: &str, before, after| Part {
        tool: Some(tool.to_owned()),
        kind: kind.to_owned(),
        before,
        after,
    };
    let entry = |day: u64| {
        let before = 20_000 + 9_000 * (day * 7 % 5);
        let after = if day == 9 {
            before
        } else {
            before * (40 + day % 4 * 9) / 100
        };
        LedgerEntry {
            at: now - day * DAY_MS,
            request: format!("hr_{day:016x}"),
            provider: "anthropic".to_owned(),
            model: "claude-sonnet-4-5".to_owned(),
            status: if day == 13 { 529 } else { 200 },
            tokens: Counted {
                before,
                after,
                counter: "estimate".to_owned(),
                exact: false,
            },
            usage: Some(Usage {
                input: Some(900),
                cache_read: Some(after * 3),
                cache_write_5m: Some(after / 2),
                output: Some(400),
                ..Usage::default()
            }),
            hidden: Hidden {
                rounds: u64::from(day.is_multiple_of(3)),
                usage: Usage {
                    cache_read: (day.is_multiple_of(3)).then_some(2_500),
                    ..Usage::default()
                },
            },
            tool_tokens: 180,
            verdicts: [
                ("compressed", 3),
                ("lossless", 5),
                ("below_min", 6),
                ("excluded_tool", 4),
                ("not_smaller", 1),
            ]
            .map(|(verdict, count)| (verdict.to_owned(), count))
            .into(),
            parts: vec![
                part("mcp__github__list_issues", "json", before / 2, after / 4),
                part("bash", "log", before / 4, after / 4),
                part("<img src=x onerror=alert(1)>", "search", before / 4, after / 2),
            ],
            upstream_ms: 3_000,
            added_us: 900,
            ..LedgerEntry::default()
        }
    };
    (1..28).map(entry).collect()
}

async fn busy() -> (World, String) {
    let world = World::with(
        vec![
            Reply::new(200, "text/event-stream", rounds::asks()),
            Reply::new(200, "text/event-stream", rounds::answers()),
        ],
        |options| options.token = Some(TOKEN.to_owned()),
    )
    .await;
    world.vault.append(&history()).unwrap();
    text(world.send("/v1/messages", &[], rounds::request()).await)
        .await
        .unwrap();
    let stats: Value = world.stats(1).await;
    let reference = stats["recent_requests"][0]["texts"][0]["ref"]
        .as_str()
        .unwrap()
        .to_owned();
    (world, reference)
}

fn assert_quiet(log: &str) {
    let loud = |line: &&str| line.contains("CONSOLE") || line.contains("Content Security Policy");
    let lines: Vec<&str> = log.lines().filter(loud).collect();
    assert!(lines.is_empty(), "{lines:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_brings_everything_along_and_tells_nothing() {
    let world = World::with(vec![], |options| options.token = Some(TOKEN.to_owned())).await;
    let response = world.get("/dashboard", &[]).await;
    assert_eq!(response.status(), 200);
    let policy = response.headers()["content-security-policy"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(
        policy.contains("default-src 'none'") && !policy.contains("unsafe"),
        "{policy}"
    );
    assert!(!policy.contains("http"), "{policy}");
    let page = text(response).await.unwrap();
    assert!(!page.contains(TOKEN) && !page.contains("{nonce}") && !page.contains("/*script*/"));
    let outside = page.replace("http://www.w3.org/2000/svg", "");
    for sign in [
        "http://",
        "https://",
        "src=",
        "@import",
        "url(",
        "innerHTML",
        "document.write",
        " style=\"",
    ] {
        assert!(!outside.contains(sign), "{sign}");
    }
    let nonce = policy
        .split('\'')
        .find(|part| part.starts_with("nonce-"))
        .unwrap();
    assert!(page.contains(&format!("<script nonce=\"{}\">", &nonce[6..])));
    let again = world.get("/dashboard", &[]).await;
    assert_ne!(
        again.headers()["content-security-policy"].to_str().unwrap(),
        policy
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_shows_the_figures_to_whoever_has_the_token() {
    let Some(browser) = browser() else { return };
    let (world, reference) = busy().await;
    let address = |rest: &str| format!("{}/dashboard{rest}", world.proxy.url());
    let dump = |url: String| vec!["--dump-dom".to_owned(), url];
    let (shown, log) = run(browser, "figures", dump(address("#token=t0ken"))).await;
    assert_quiet(&log);
    assert!(shown.contains("data-ready=\"yes\""), "{shown}\n{log}");
    for text in [
        "mcp__github__list_issues",
        "&lt;img src=x onerror=alert(1)&gt;",
        "excluded tool",
        "claude-sonnet-4-5",
        "tokens saved, net",
    ] {
        assert!(shown.contains(text), "{text} in\n{shown}");
    }
    assert!(
        !shown.contains("team-3"),
        "texts are shown only when they are opened"
    );
    let (closed, log) = run(browser, "closed", dump(address(""))).await;
    assert!(
        !closed.contains("data-ready") && !closed.contains("claude-sonnet"),
        "{closed}"
    );
    assert!(!log.contains("Content Security Policy"), "{log}");
    let (diff, log) = run(
        browser,
        "diff",
        dump(address(&format!("#token=t0ken&ref={reference}"))),
    )
    .await;
    assert_quiet(&log);
    assert!(
        diff.contains("<dialog") && diff.contains("open=\"\"") && diff.contains("made again"),
        "{diff}"
    );
    assert!(
        diff.contains("team-3") && diff.contains(&reference),
        "the original and its mark"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_draws_it_light_dark_and_narrow() {
    let Some(browser) = browser() else { return };
    let (world, reference) = busy().await;
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    for (name, size, scheme, rest) in [
        ("light", "1280,1700", 1, String::new()),
        ("dark", "1280,1700", 0, String::new()),
        ("phone", "390,1700", 1, String::new()),
        ("compare", "1280,900", 0, format!("&ref={reference}")),
    ] {
        let path = folder.join(format!("dashboard-{name}.png"));
        drop(std::fs::remove_file(&path));
        let url = format!("{}/dashboard#token=t0ken{rest}", world.proxy.url());
        let (_, log) = run(
            browser,
            name,
            vec![
                format!("--window-size={size}"),
                format!("--blink-settings=preferredColorScheme={scheme}"),
                format!("--screenshot={}", path.display()),
                url,
            ],
        )
        .await;
        assert_quiet(&log);
        let size = std::fs::metadata(&path).map_or(0, |file| file.len());
        assert!(size > 10_000, "{name}: {size} bytes\n{log}");
    }
}
