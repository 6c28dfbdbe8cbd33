//! The engine against scripted providers: what goes upstream, what the client sees, what comes back later.

#[cfg(test)]
mod advice;
#[cfg(test)]
mod anthropic;
#[cfg(test)]
mod bedrock;
#[cfg(test)]
mod chat;
#[cfg(test)]
mod gemini;
#[cfg(test)]
mod matrix;
#[cfg(test)]
mod responses;
#[cfg(test)]
mod script;
#[cfg(test)]
mod wires;
