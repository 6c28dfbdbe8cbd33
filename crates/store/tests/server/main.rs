//! The vault on a real server: `redis-server` on a free port of this machine, started by each test. Where it is
//! not installed the tests say so and pass.

#[cfg(test)]
mod boards;
#[cfg(test)]
mod contract;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod running;
#[cfg(test)]
mod tls;
