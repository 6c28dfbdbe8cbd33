//! `headroom compress`: a request in, a smaller request out; or any text, as the output of one tool.

use std::path::{Path, PathBuf};

use clap::Args;
use headroom::ccr::Store;
use headroom::error::{Error, ErrorCode};
use headroom::format::Format;
use headroom::json;
use headroom::options::{KompressOptions, Options, Policy};
use headroom::pipeline::{Pipeline, Report};
use headroom_kompress::Call;
use headroom_store::Vault;

use crate::input::{self, Input};
use crate::io::Io;
use crate::stop::Stop;
use crate::style::{Style, plural};
use crate::summary::{self, View};

/// The name by which `--format` says that the input is no request.
const TEXT: &str = "text";

#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "five switches that have nothing to do with each other"
)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Compress {
    /// A request or its messages as JSON, or any text as the output of one tool; `-` is stdin
    file: Option<PathBuf>,

    /// openai, responses, anthropic, gemini, bedrock, ai-sdk, langchain, or text. Default: what the input looks like
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,

    /// The model it is for: says how tokens are counted
    #[arg(long, value_name = "MODEL")]
    model: Option<String>,

    /// Leave parts out, where that helps. Originals are stored first; give the model the
    /// `headroom_retrieve` tool, or read them with `headroom retrieve`
    #[arg(long)]
    ccr: bool,

    /// Leave out the bodies of functions in source code. Needs --ccr
    #[arg(long, requires = "ccr")]
    code_aware: bool,

    /// What matters now. Default: the user's latest question
    #[arg(long, value_name = "WORDS")]
    query: Option<String>,

    /// Name of the tool that printed the input, which then is no request
    #[arg(long, value_name = "NAME")]
    tool: Option<String>,

    /// Wanted size of what is compressed, as after / before: 0.3 leaves 30 %
    #[arg(long, value_name = "RATIO", requires = "ccr")]
    target_ratio: Option<f64>,

    /// Have a model judge prose, too: the installed one, or the one named (see `headroom model`)
    #[arg(long, value_name = "MODEL", num_args = 0..=1, require_equals = true, default_missing_value = "",
          requires = "ccr")]
    kompress: Option<String>,

    /// With --kompress: leave out single words, too, where the model says that nothing is lost
    #[arg(long, requires = "kompress")]
    word_level: bool,

    /// Print one JSON object with `result` and `report`
    #[arg(long)]
    json: bool,

    /// Say for every block what was done, and why
    #[arg(long)]
    explain: bool,

    /// No summary
    #[arg(long, short, conflicts_with = "explain")]
    quiet: bool,
}

const EXAMPLES: &str = "\
Examples:
  headroom compress request.json > smaller.json
  kubectl get pods -o json | headroom compress --ccr --query \"not ready\"
  headroom compress request.json --explain > /dev/null

The result goes to stdout, the summary to stderr. A request comes out as it
went in but for the texts that got smaller, byte by byte. Input that is not
UTF-8 is passed through.";

/// A result and its account.
struct Outcome {
    result: String,
    report: Report,
    /// The result is JSON itself, not a text.
    is_request: bool,
}

pub(crate) fn run(arguments: &Compress, store: Option<&Path>, io: &mut Io<'_>) -> Result<(), Stop> {
    let policy = arguments.policy()?;
    let store = if arguments.ccr {
        Some(input::store(store, io)?)
    } else {
        None
    };
    let Input { bytes, name } = input::read(arguments.file.as_deref(), io)?;
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => return pass_through(arguments, &name, error.as_bytes(), io),
    };
    let call = Call::new(&policy, |options| input::kompress(options, io));
    let mut outcome = call.with_pipeline(&[], |pipeline| {
        arguments.compress(&text, &policy, pipeline, store.as_deref())
    })?;
    outcome.report.warnings.extend(call.warning());
    if arguments.json {
        io.data(as_json(&outcome)? + "\n")?;
    } else {
        io.text(&outcome.result)?;
    }
    if !arguments.quiet {
        let style = Style::of(io.terminals.stderr, io);
        let view = View {
            explain: arguments.explain,
            name: &name,
            style,
        };
        io.say(&summary::render(&outcome.report, view));
        if let (Some(store), refs @ 1..) = (&store, outcome.report.refs.len()) {
            let place = store.place();
            io.say(&format!("{} stored in {place}", plural(refs, "original")));
        }
    }
    for warning in &outcome.report.warnings {
        io.say(&format!("warning: {}: {}", warning.at, warning.message));
    }
    if let Some(store) = &store {
        input::tell_notices(&**store, io);
    }
    Ok(())
}

impl Compress {
    fn policy(&self) -> Result<Policy, Error> {
        let format = self.format.clone().filter(|format| format != TEXT);
        if let Some(Err(mut error)) = format.as_deref().map(Format::from_name) {
            error.hint = error.hint.map(|hint| format!("{hint}, {TEXT}"));
            return Err(error);
        }
        let options = Options {
            model: self.model.clone(),
            format,
            ccr: self.ccr,
            code_aware: self.code_aware,
            query: self.query.clone(),
            target_ratio: self.target_ratio,
            kompress: self.kompress.as_ref().map(|model| KompressOptions {
                model: Some(model.clone()).filter(|model| !model.is_empty()),
                word_level: self.word_level,
                runtime: None,
            }),
            ..Options::default()
        };
        options.into_policy()
    }

    fn compress(
        &self,
        input: &str,
        policy: &Policy,
        pipeline: &Pipeline<'_>,
        store: Option<&dyn Vault>,
    ) -> Result<Outcome, Error> {
        let store = store.map(|vault| vault as &dyn Store);
        if self.format.as_deref() != Some(TEXT) && self.tool.is_none() {
            match pipeline.compress(input, policy, store, &|| false) {
                Ok(outcome) => {
                    let result = outcome.body(input);
                    return Ok(Outcome {
                        result,
                        report: outcome.report,
                        is_request: true,
                    });
                }
                // Whoever names a format wants to know; otherwise it is simply not a request.
                Err(error) if self.format.is_some() || !is_other_content(&error) => return Err(error),
                Err(_) => {}
            }
        }
        // A file's name says what language it is in.
        let file = self
            .file
            .as_deref()
            .and_then(Path::to_str)
            .filter(|_| self.code_aware);
        let tool = self.tool.as_deref().or(file.map(|_| "cat"));
        let tool = tool.map(|tool| (tool, file.unwrap_or_default()));
        let outcome = pipeline.compress_text(input, tool, policy, store);
        Ok(Outcome {
            result: outcome.text,
            report: outcome.report,
            is_request: false,
        })
    }
}

fn is_other_content(error: &Error) -> bool {
    matches!(error.code, ErrorCode::InvalidJson | ErrorCode::InvalidFormat)
}

fn pass_through(arguments: &Compress, name: &str, bytes: &[u8], io: &mut Io<'_>) -> Result<(), Stop> {
    if arguments.json {
        return Err(Stop::Failed(
            Error::new(ErrorCode::InvalidFormat, format!("{name} is not UTF-8"))
                .because("JSON has no way to hold it")
                .hint("leave --json out to have it passed through"),
        ));
    }
    io.data(bytes)?;
    io.say(&format!(
        "note: {name} is not UTF-8 and was passed through as it is"
    ));
    Ok(())
}

/// A request stands in there as it is, to the byte; parsing and printing it again could change it.
fn as_json(outcome: &Outcome) -> Result<String, Error> {
    let report = serde_json::to_string(&outcome.report).map_err(|error| {
        Error::new(ErrorCode::InvalidFormat, "cannot print the report").because(error.to_string())
    })?;
    let result = if outcome.is_request {
        outcome.result.clone()
    } else {
        json::quote(&outcome.result)
    };
    Ok(format!("{{\"result\":{result},\"report\":{report}}}"))
}
