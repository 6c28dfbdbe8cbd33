/work/main/benches/proxy/target/debug/deps/load-b788f8258511b8a3.d: src/load/main.rs src/load/client.rs src/load/figures.rs src/load/requests.rs src/load/streams.rs

/work/main/benches/proxy/target/debug/deps/libload-b788f8258511b8a3.rmeta: src/load/main.rs src/load/client.rs src/load/figures.rs src/load/requests.rs src/load/streams.rs

src/load/main.rs:
src/load/client.rs:
src/load/figures.rs:
src/load/requests.rs:
src/load/streams.rs:
