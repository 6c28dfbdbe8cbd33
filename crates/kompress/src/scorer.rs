//! The model behind the core's trait, loaded when first asked.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use headroom::Error;
use headroom::compress::prose::WordScorer;

use crate::files::Files;
use crate::library;
use crate::model::Model;
use crate::settings::Settings;

/// Texts above this many bytes are not scored: some 7,000 tokens, or 15 windows of 0.3 s each for a model of the
/// published one's size on two cores. In a longer text what answers decides anyway, and that is not for a model
/// to say that reads no question.
pub const MAX_BYTES: usize = 32 * 1024;

/// A model or why there is none, found out once.
type Slot = Arc<OnceLock<Result<Model, Error>>>;

/// One slot a model's folder for the life of the process: its memory is taken once however many scorers ask,
/// and a conversation does not change its mind when files change under it (law 1).
static MODELS: Mutex<BTreeMap<PathBuf, Slot>> = Mutex::new(BTreeMap::new());

/// The model of one call, with what it had to say.
#[derive(Debug)]
pub struct Scorer {
    settings: Settings,
    slot: OnceLock<Result<Slot, Error>>,
    notice: Mutex<Option<Error>>,
}

impl Scorer {
    /// Touches no file and no library yet.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            slot: OnceLock::new(),
            notice: Mutex::new(None),
        }
    }

    /// Loads the model now. Errors: there is none, or it cannot be used.
    pub fn load(&self) -> Result<(), Error> {
        self.with_model(|_| Ok(()))
    }

    /// Why texts were not scored, the last cause first seen; `None` while all is well or nothing was asked.
    pub fn take_notice(&self) -> Option<Error> {
        self.notice.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn with_model<T>(&self, work: impl FnOnce(&Model) -> Result<T, Error>) -> Result<T, Error> {
        let slot = self.slot.get_or_init(|| {
            let folder = self.settings.folder()?;
            let folder = folder.canonicalize().unwrap_or(folder);
            let mut models = MODELS.lock().unwrap_or_else(PoisonError::into_inner);
            Ok(Arc::clone(models.entry(folder).or_default()))
        });
        let slot = slot.as_ref().map_err(Clone::clone)?;
        work(slot.get_or_init(|| self.open()).as_ref().map_err(Clone::clone)?)
    }

    fn open(&self) -> Result<Model, Error> {
        let files = Files::of(&self.settings.folder()?)?;
        let Settings { runtime, roots, .. } = &self.settings;
        let environment = library::load(|| library::find(runtime.as_deref(), roots))?;
        Model::load(&environment, &files)
    }
}

impl WordScorer for Scorer {
    fn score(&self, text: &str, words: &[Range<usize>], ends: &[usize]) -> Option<Vec<f32>> {
        if words.is_empty() || text.len() > MAX_BYTES {
            return None;
        }
        match self.with_model(|model| model.score(text, words, ends)) {
            Ok(scores) => Some(scores),
            Err(error) => {
                let mut notice = self.notice.lock().unwrap_or_else(PoisonError::into_inner);
                notice.get_or_insert(error);
                None
            }
        }
    }
}
