//! One call of the pipeline, with the model that its policy asks for.

use headroom::compress::Compressor;
use headroom::compress::prose::Kompress;
use headroom::message::ContentKind;
use headroom::options::KompressOptions;
use headroom::pipeline::{Pipeline, Warning};
use headroom::{Error, Policy};

use crate::{Scorer, Settings};

/// What a call needs of Kompress: nothing unless its policy asks for it.
#[derive(Debug)]
pub struct Call {
    kompress: Option<(Scorer, bool)>,
    refused: Option<Error>,
}

impl Call {
    /// `settings` says where things are; it is asked only if the policy wants a model. Nothing is loaded. What
    /// `settings` fails with is told by [`Call::warning`], and the call goes on without a model.
    pub fn new(policy: &Policy, settings: impl FnOnce(&KompressOptions) -> Result<Settings, Error>) -> Self {
        let scorer = |options: &KompressOptions| Ok((Scorer::new(settings(options)?), options.word_level));
        match policy.kompress.as_ref().map(scorer).transpose() {
            Ok(kompress) => Self {
                kompress,
                refused: None,
            },
            Err(error) => Self {
                kompress: None,
                refused: Some(error),
            },
        }
    }

    /// Runs `work` with a pipeline of these compressors in which the model has its say over prose; the built-in ones
    /// are for what has no row.
    pub fn with_pipeline<T>(
        &self,
        rows: &[(ContentKind, &dyn Compressor)],
        work: impl FnOnce(&Pipeline<'_>) -> T,
    ) -> T {
        let Some((scorer, word_level)) = &self.kompress else {
            return work(&Pipeline::with(rows));
        };
        let kompress = Kompress {
            scorer,
            word_level: *word_level,
        };
        let first: (ContentKind, &dyn Compressor) = (ContentKind::Prose, &kompress);
        work(&Pipeline::with(&[&[first], rows].concat()))
    }

    /// Why the model had no say, if it should have had one.
    pub fn warning(&self) -> Option<Warning> {
        let notice = self
            .kompress
            .as_ref()
            .and_then(|(scorer, _)| scorer.take_notice());
        let error = notice.or_else(|| self.refused.clone())?;
        let parts = [Some(error.title), error.cause, error.hint];
        Some(Warning {
            code: "kompress_unavailable".to_owned(),
            at: "kompress".to_owned(),
            message: parts.into_iter().flatten().collect::<Vec<_>>().join("; "),
        })
    }
}
