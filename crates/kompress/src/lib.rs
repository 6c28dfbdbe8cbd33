//! Kompress: prose scored by a small language model, loaded only when asked for.
//!
//! [`Scorer`] is the model behind [`headroom::compress::prose::WordScorer`]. It costs nothing until a text is to
//! be scored: then the ONNX Runtime library is looked for ([`library`]), the files of the model are read
//! ([`files`]), and both stay for the life of the process, one session a model however many scorers there are.
//! What goes wrong is a notice and no score, never a failed request; the extractive compressor then decides alone.
//!
//! The model has the tensors of Kompress: `input_ids` and `attention_mask`, int64 [batch, sequence], give
//! `final_scores`, float [batch, sequence], what is lost without each token. Scores are a function of the text
//! alone (law 1): one window a run and no padding, as dynamically quantised models scale by the largest value of
//! the whole batch; two threads on every machine; texts are skipped by size and never by time.
#![forbid(unsafe_code)]

mod call;
pub mod files;
pub mod library;
pub mod manifest;
mod model;
mod recall;
mod scorer;
mod settings;
mod tokens;
mod windows;

pub use call::Call;
pub use scorer::{MAX_BYTES, Scorer};
pub use settings::Settings;
