/work/main/benches/proxy/target/debug/deps/headroom_proxy_bench-43efbf22b2021bb8.d: src/lib.rs

/work/main/benches/proxy/target/debug/deps/libheadroom_proxy_bench-43efbf22b2021bb8.rmeta: src/lib.rs

src/lib.rs:
