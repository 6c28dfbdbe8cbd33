//! `headroom proxy`: the proxy, until it is told to end.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use clap::Args;
use headroom::error::{Error, ErrorCode};
use headroom_proxy::engine::Engine;
use headroom_proxy::{ProxyOptions, Running};
use headroom_store::Vault;

use crate::input;
use crate::interrupt::{Interrupt, Listener};
use crate::io::Io;
use crate::log::{self, LogFormat};
use crate::settings::{self, Given, Token};
use crate::stop::Stop;
use crate::style::Style;

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Proxy {
    #[command(flatten)]
    given: Given,
}

const EXAMPLES: &str = "\
Examples:
  headroom proxy
  ANTHROPIC_BASE_URL=http://127.0.0.1:8787 claude
  headroom proxy --openai-api-url https://openrouter.ai/api/v1
  HEADROOM_PROXY_TOKEN=... headroom proxy --host 0.0.0.0 --allow-host proxy.lan

Each flag can be set by the variable behind it, or under its name in the file
`proxy.json` in Headroom's home. A flag wins over a variable, that over the
file; `headroom config` shows what is set where.

An interrupt or SIGTERM lets requests under way finish, a second one ends at
once. Exit codes: 0 ended, 1 cannot start or cut off, 2 wrong settings.";

pub(crate) fn run(arguments: &Proxy, store: Option<&Path>, io: &mut Io<'_>) -> Result<(), Stop> {
    let settings::Launch { proxy, log, .. } =
        settings::resolve(&arguments.given.with_store(store), Token::Make, io)?.launch;
    log::start(log);
    let vault = input::store(store, io)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .thread_name("headroom-proxy")
        .build()
        .map_err(|error| failed("cannot start the proxy", &error))?;
    let outcome = runtime.block_on(serve(&proxy, vault, log.format, io));
    // Whoever asks twice does not want to wait for what still runs.
    runtime.shutdown_background();
    outcome
}

async fn serve(
    options: &ProxyOptions,
    vault: Arc<dyn Vault>,
    format: LogFormat,
    io: &mut Io<'_>,
) -> Result<(), Stop> {
    let interrupt = io
        .interrupt
        .clone()
        .map_or_else(Interrupt::of_signals, Ok)
        .map_err(|error| failed("cannot listen to signals", &error))?;
    // Before anything is said, so that whoever reads it can end the proxy.
    let mut listener = interrupt.listen();
    let engine = Engine::new(options.engine.clone(), Arc::clone(&vault));
    let running = headroom_proxy::start(options, engine)
        .await
        .map_err(Stop::Failed)?;
    match format {
        LogFormat::Json => tracing::info!(url = running.url(), store = vault.place(), "the proxy listens"),
        LogFormat::Text => tell(&url(running.address(), options.tls.is_some()), &vault.place(), io),
    }
    input::tell_notices(&*vault, io);
    listener.told().await;
    end(running, options, &mut listener).await
}

/// Ends gently, or at once when asked again.
async fn end(running: Running, options: &ProxyOptions, listener: &mut Listener) -> Result<(), Stop> {
    tracing::info!(
        seconds = options.drain_timeout,
        "ending: requests under way may finish; a second signal ends at once"
    );
    let cut = |why: String| {
        let title = "ended before all requests were finished";
        Err(Stop::Failed(Error::new(ErrorCode::Aborted, title).because(why)))
    };
    tokio::select! {
        finished = running.close() => if finished {
            Ok(())
        } else {
            cut(format!("they took longer than the {} seconds of --drain-timeout", options.drain_timeout))
        },
        () = listener.told() => cut("a second signal came".to_owned()),
    }
}

/// What to set where.
fn tell(url: &str, store: &str, io: &mut Io<'_>) {
    let style = Style::of(io.terminals.stderr, io);
    let title = concat!("headroom ", env!("CARGO_PKG_VERSION"), " proxy");
    let lines = [
        format!("{} listens on {}", style.strong(title), style.strong(url)),
        String::new(),
        "Point clients here; nothing else changes:".to_owned(),
        format!("  export ANTHROPIC_BASE_URL={url}"),
        format!("  export OPENAI_BASE_URL={url}/v1"),
        format!("  export GOOGLE_GEMINI_BASE_URL={url}"),
        String::new(),
        format!(
            "What it saves: {url}/dashboard, with the token in the file `token` of Headroom's home, or your own."
        ),
        style.faint(&format!("Originals are kept in {store}. Ctrl-C ends it.")),
    ];
    io.say(&lines.join("\n"));
}

/// The address a client on this machine uses.
fn url(address: SocketAddr, tls: bool) -> String {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(std::net::Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(std::net::Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    let scheme = if tls { "https" } else { "http" };
    format!("{scheme}://{}", SocketAddr::new(ip, address.port()))
}

fn failed(title: &str, error: &std::io::Error) -> Stop {
    Stop::Failed(Error::new(ErrorCode::InvalidOptions, title).because(error.to_string()))
}
