//! A model in memory: tokenizer and network, and the scores they give.

use std::ops::Range;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use headroom::{Error, ErrorCode};
use ort::environment::Environment;
use ort::session::Session;
use ort::session::builder::GraphOptimizationLevel;
use ort::value::{Outlet, Tensor, TensorElementType, ValueType};

use crate::files::Files;
use crate::recall::{self, Recall};
use crate::tokens::{Encoded, Tokens};
use crate::windows::windows;

/// Tokens of a window with what stands around them: what the model was trained on.
const WINDOW: usize = 512;
/// The same on every machine, so that its processors have no say in the scores.
const THREADS: usize = 2;
/// Scores are rounded to so many steps: instruction sets differ in the last bits, decisions shall not.
const STEPS: f32 = 256.0;

const IDS: &str = "input_ids";
const MASK: &str = "attention_mask";
const SCORES: &str = "final_scores";

/// A loaded model.
#[derive(Debug)]
pub(crate) struct Model {
    tokens: Tokens,
    /// One run at a time: the runtime forbids more on one session, and it bounds threads and memory. Whoever
    /// comes second waits; nothing is skipped for that.
    session: Mutex<Session>,
    recall: Recall,
}

impl Model {
    /// Reads the files and checks that they are what they should be.
    pub(crate) fn load(environment: &Environment, files: &Files) -> Result<Self, Error> {
        let tokens = Tokens::read(&files.tokenizer)?;
        let unfit = |cause: String| {
            Error::new(ErrorCode::Model, "the model cannot be used")
                .because(format!("{}: {cause}", files.network.display()))
                .hint("install it again with `headroom model install`; it must have Kompress' inputs and outputs")
        };
        let session = open(environment, &files.network).map_err(|error| unfit(error.to_string()))?;
        check(&session).map_err(unfit)?;
        Ok(Self {
            tokens,
            session: Mutex::new(session),
            recall: Recall::default(),
        })
    }

    /// One score a word: that of its token that matters most. A word without a token, which the tokenizer
    /// dropped, scores 1: what the model cannot read stays.
    pub(crate) fn score(
        &self,
        text: &str,
        words: &[Range<usize>],
        ends: &[usize],
    ) -> Result<Vec<f32>, Error> {
        let key = recall::key(text, words, ends);
        if let Some(known) = self.recall.get(&key) {
            return Ok(known.to_vec());
        }
        let scores = self.read(text, words, ends)?;
        self.recall.put(key, &scores);
        Ok(scores)
    }

    fn read(&self, text: &str, words: &[Range<usize>], ends: &[usize]) -> Result<Vec<f32>, Error> {
        let encoded = self.tokens.encode(text)?;
        let room = WINDOW - (self.tokens.before.len() + self.tokens.after.len()).min(WINDOW - 1);
        let mut scores = vec![None; words.len()];
        for window in windows(&encoded.places, words, ends, room) {
            let of = self.run(&encoded, window.clone())?;
            for (&(start, end), score) in encoded.places[window].iter().zip(of) {
                let first = words.partition_point(|word| word.end <= start);
                let held = words[first..].iter().take_while(|word| word.start < end);
                for best in &mut scores[first..first + held.count()] {
                    *best = Some(best.map_or(score, |best: f32| best.max(score)));
                }
            }
        }
        Ok(scores.into_iter().map(|score| score.unwrap_or(1.0)).collect())
    }

    /// Scores of the tokens of one window.
    fn run(&self, encoded: &Encoded, window: Range<usize>) -> Result<Vec<f32>, Error> {
        let failed =
            |cause: String| Error::new(ErrorCode::Model, "the model failed on a text").because(cause);
        let wrong = |error: ort::Error| failed(error.to_string());
        let Tokens { before, after, .. } = &self.tokens;
        let ids: Vec<i64> = [before, &encoded.ids[window.clone()], after].concat();
        let shape = [1, ids.len()];
        let mask = Tensor::from_array((shape, vec![1_i64; ids.len()])).map_err(wrong)?;
        let count = ids.len();
        let ids = Tensor::from_array((shape, ids)).map_err(wrong)?;
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let outputs = session
            .run(ort::inputs![IDS => ids, MASK => mask])
            .map_err(wrong)?;
        let scores = outputs
            .get(SCORES)
            .ok_or_else(|| failed(format!("it gave no {SCORES}")))?;
        let (shape, scores) = scores.try_extract_tensor::<f32>().map_err(wrong)?;
        // As many scores as tokens: the shape can only be [1, count], or the model mixed up its axes.
        if scores.len() != count || shape.first() != Some(&1) {
            return Err(failed(format!(
                "{SCORES} has the shape {shape:?} for {count} tokens"
            )));
        }
        if scores.iter().any(|score| !score.is_finite()) {
            return Err(failed(format!("{SCORES} holds what is no number")));
        }
        let inner = &scores[before.len()..count - after.len()];
        Ok(inner
            .iter()
            .map(|score| (score.clamp(0.0, 1.0) * STEPS).round() / STEPS)
            .collect())
    }
}

fn open(environment: &Environment, network: &Path) -> ort::Result<Session> {
    Session::builder(environment)?
        .with_optimization_level(GraphOptimizationLevel::All)?
        .with_intra_threads(THREADS)?
        .with_inter_threads(1)?
        .with_parallel_execution(false)?
        // Threads that wait do so without using a processor.
        .with_intra_op_spinning(false)?
        // Windows differ in length; plans for each would be kept for good.
        .with_memory_pattern(false)?
        .with_deterministic_compute(true)?
        .commit_from_file(network)
}

/// The cause, when inputs and outputs are not those of Kompress.
fn check(session: &Session) -> Result<(), String> {
    for name in [IDS, MASK] {
        let input = session.inputs().iter().find(|input| input.name() == name);
        fits(input, name, TensorElementType::Int64)?;
    }
    let other = session
        .inputs()
        .iter()
        .find(|input| ![IDS, MASK].contains(&input.name()));
    if let Some(other) = other {
        return Err(format!("it wants an input {} that is unknown here", other.name()));
    }
    let scores = session.outputs().iter().find(|output| output.name() == SCORES);
    fits(scores, SCORES, TensorElementType::Float32)
}

fn fits(outlet: Option<&Outlet>, name: &str, wanted: TensorElementType) -> Result<(), String> {
    let outlet = outlet.ok_or_else(|| format!("it has no tensor {name}"))?;
    let ValueType::Tensor { ty, shape, .. } = outlet.dtype() else {
        return Err(format!("{name} is no tensor"));
    };
    let free = shape.iter().all(|&side| side < 0);
    // The runtime does not always infer the shape of an output; then a run tells.
    if *ty != wanted || !(shape.is_empty() || shape.len() == 2 && free) {
        return Err(format!(
            "{name} is {ty} of shape {shape:?}, not {wanted} of [batch, sequence], both of any length"
        ));
    }
    Ok(())
}
