//! The proxy over real sockets on the loopback, between a client and an upstream by script.

#[cfg(test)]
mod broken;
#[cfg(test)]
mod dashboard;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod guard;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod log;
#[cfg(test)]
mod ops;
#[cfg(test)]
mod otel;
#[cfg(test)]
mod peer;
#[cfg(test)]
mod rounds;
#[cfg(test)]
mod tls;
#[cfg(test)]
mod websocket;
#[cfg(test)]
mod wire;
#[cfg(test)]
mod world;
