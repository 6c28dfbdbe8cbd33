//! Work in libuv's thread pool.

use headroom::{Error, ErrorCode};
use napi::bindgen_prelude::{AsyncTask, Buffer, Env, Task};

use crate::answer::answer;

/// What a job does with the body; gives JSON text.
type Work = Box<dyn FnMut(&str) -> Result<String, Error> + Send>;

/// One piece of work and the body it reads. The body is owned by JavaScript's heap; it is held here, not
/// moved into the work, so that it is released on the thread of JavaScript.
pub struct Job {
    body: Option<Buffer>,
    work: Work,
}

impl Job {
    /// Work on a body of UTF-8 text. The caller must not write to the buffer until the promise is settled;
    /// `ts/` makes one buffer a call and gives it to nobody else.
    pub(crate) fn on(
        body: Buffer,
        work: impl FnMut(&str) -> Result<String, Error> + Send + 'static,
    ) -> AsyncTask<Self> {
        AsyncTask::new(Self {
            body: Some(body),
            work: Box::new(work),
        })
    }

    /// Work without a body.
    pub(crate) fn alone(mut work: impl FnMut() -> Result<String, Error> + Send + 'static) -> AsyncTask<Self> {
        AsyncTask::new(Self {
            body: None,
            work: Box::new(move |_| work()),
        })
    }
}

impl Task for Job {
    type Output = String;
    type JsValue = String;

    fn compute(&mut self) -> napi::Result<String> {
        let Self { body, work } = self;
        Ok(answer(|| work(utf8(body.as_deref().unwrap_or_default())?)))
    }

    fn resolve(&mut self, _env: Env, output: String) -> napi::Result<String> {
        Ok(output)
    }
}

/// The body as text.
pub(crate) fn utf8(body: &[u8]) -> Result<&str, Error> {
    std::str::from_utf8(body).map_err(|error| {
        Error::new(ErrorCode::InvalidJson, "the request is not UTF-8").because(error.to_string())
    })
}
