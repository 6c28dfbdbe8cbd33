//! What the core costs: parsing, counting and compressing JSON of 10 KB, 100 KB and 2 MB.
//!
//! `cargo bench --bench core`. The fixtures are those of the Node bench (`benches/fixtures.mjs`, which this
//! runs with `node`). Every iteration gets an input of its own, made outside the measured time, so that
//! nothing remembered from the one before helps.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a bench reads its fixtures, or stops"
)]

use std::cell::Cell;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BatchSize, BenchmarkGroup, Criterion, Throughput};
use headroom::ccr::MemoryStore;
use headroom::json::{Document, quote};
use headroom::pipeline::{compress, compress_text};
use headroom::tokens::Encoding;
use headroom::{Options, Policy};

/// What `benches/fixtures.mjs` puts where every input gets its number.
const STAMP: &str = "00000000";

fn main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench-fixtures");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/fixtures.mjs");
    assert!(
        Command::new("node")
            .arg(script)
            .arg(&folder)
            .status()
            .unwrap()
            .success(),
        "no fixtures"
    );
    let mut criterion = Criterion::default().configure_from_args();
    for name in ["10k", "100k", "2m"] {
        let fixture = fs::read_to_string(folder.join(format!("{name}.json"))).unwrap();
        size(&mut criterion, name, &fixture);
    }
    criterion.final_summary();
}

fn size(criterion: &mut Criterion, name: &str, fixture: &str) {
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Bytes(fixture.len() as u64));
    if fixture.len() > 1_000_000 {
        group.sample_size(10).measurement_time(Duration::from_secs(8));
    }
    let (lossless, ccr) = (policy(false), policy(true));
    measure(&mut group, "parse", fixture, |text| {
        black_box(Document::parse(text).unwrap().node_count());
    });
    measure(&mut group, "count tokens", fixture, |text| {
        black_box(Encoding::O200kBase.count(text));
    });
    measure(&mut group, "lossless", fixture, |text| {
        black_box(compress_text(text, None, &lossless, None));
    });
    measure(&mut group, "ccr", fixture, |text| {
        black_box(compress_text(text, None, &ccr, Some(&MemoryStore::default())));
    });
    measure(&mut group, "request lossless", &request(fixture), |body| {
        black_box(compress(body, &lossless, None, &|| false).unwrap().body(body));
    });
    group.finish();
}

fn measure(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, fixture: &str, mut run: impl FnMut(&str)) {
    let iteration = Cell::new(0_u32);
    let input = || {
        iteration.set(iteration.get() + 1);
        fixture.replace(STAMP, &format!("{:08}", iteration.get()))
    };
    let batch = if fixture.len() > 1_000_000 {
        BatchSize::PerIteration
    } else {
        BatchSize::SmallInput
    };
    group.bench_function(name, |bencher| {
        bencher.iter_batched(input, |text| run(&text), batch);
    });
}

fn policy(ccr: bool) -> Policy {
    let options = Options {
        model: Some("gpt-4o".to_owned()),
        query: Some("When will ord_100004 arrive, and did a payment fail?".to_owned()),
        ccr,
        ..Options::default()
    };
    options.into_policy().unwrap()
}

/// A conversation in which a tool printed `output`.
fn request(output: &str) -> String {
    format!(
        r#"[{{"role":"user","content":"Which orders failed?"}},{{"role":"tool","tool_call_id":"c1","content":{}}}]"#,
        quote(output)
    )
}
