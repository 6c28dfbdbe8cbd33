//! The proxy over real sockets on the loopback, between a client and an upstream by script.

#[cfg(test)]
mod guard;
#[cfg(test)]
mod rounds;
#[cfg(test)]
mod websocket;
#[cfg(test)]
mod wire;
#[cfg(test)]
mod world;
