/work/main/benches/proxy/target/debug/deps/upstream-e750dcad61768976.d: src/upstream.rs

/work/main/benches/proxy/target/debug/deps/libupstream-e750dcad61768976.rmeta: src/upstream.rs

src/upstream.rs:
