//! `headroom demo`: three samples before and after, and the way back. Touches no file; the store is in
//! memory and what is shown is what the pipeline really does.

mod samples;

use headroom::ccr::{self, Entry, MemoryStore, Selection, Store};
use headroom::error::{Error, ErrorCode};
use headroom::format::Format;
use headroom::json::{self, Document};
use headroom::options::Options;
use headroom::pipeline::{self, Outcome};

use crate::io::Io;
use crate::stop::Stop;
use crate::style::{Cut, Style, count, fit, plural, saved};
use crate::summary;
use samples::Sample;

/// Columns of a line, at most.
const WIDTH: usize = 80;

/// Lines of a retrieved page that are shown.
const PAGE: usize = 6;

/// Its vocabulary is public, so the tokens are counted, not estimated.
const MODEL: &str = "gpt-4o";

pub(crate) fn run(io: &mut Io<'_>) -> Result<(), Stop> {
    let samples = samples::all();
    let store = MemoryStore::default();
    let request = samples::conversation(&samples);
    let lossless = compress(&request, false, &store)?;
    let elided = compress(&request, true, &store)?;
    let texts = tool_texts(&elided.body(&request))?;
    let whole_texts = tool_texts(&lossless.body(&request))?;
    let mut page = Page {
        lines: Vec::new(),
        style: Style::of(io.terminals.stdout, io),
    };
    page.line("Three tool outputs in one request to a model, made smaller in this process.");
    table(&mut page, &samples, &lossless, &elided);
    for (sample, text) in samples.iter().zip(&texts) {
        excerpt(&mut page, sample, text);
    }
    way_back(&mut page, &samples, &texts, &store)?;
    decoded(&mut page, &samples, &whole_texts);
    page.title("Your turn");
    page.line("headroom compress FILE                  lossless, nothing left out");
    page.line("headroom compress FILE --ccr            with retrieval");
    page.line("headroom retrieve REF --query WORDS     read it back");
    io.data(page.lines.join("\n") + "\n")
}

fn compress(request: &str, ccr: bool, store: &MemoryStore) -> Result<Outcome, Error> {
    let options = Options {
        model: Some(MODEL.to_owned()),
        ccr,
        ..Options::default()
    };
    pipeline::compress(request, &options.into_policy()?, Some(store), &|| false)
}

/// The texts of the tool messages, as a model reads them.
fn tool_texts(request: &str) -> Result<Vec<String>, Error> {
    let document = Document::parse(request).map_err(|error| {
        Error::new(ErrorCode::InvalidJson, "the demo made no JSON").because(error.to_string())
    })?;
    let blocks = Format::OpenAiChat.blocks(&document)?;
    Ok(blocks
        .into_iter()
        .filter(|block| block.tool.is_some())
        .map(|block| block.text.into_owned())
        .collect())
}

/// What is printed, line by line.
struct Page {
    lines: Vec<String>,
    style: Style,
}

impl Page {
    fn line(&mut self, text: &str) {
        self.lines.push(fit(text, WIDTH, Cut::End));
    }

    fn title(&mut self, text: &str) {
        self.lines.push(String::new());
        self.lines.push(self.style.strong(&fit(text, WIDTH, Cut::End)));
    }

    /// At most `limit` lines of a text, set in; says how many there are more.
    fn quote(&mut self, text: &str, limit: usize) {
        for line in text.lines().take(limit) {
            self.line(&format!("  {line}"));
        }
        let more = text.lines().count().saturating_sub(limit);
        if more > 0 {
            let note = self.style.faint(&format!("  ... {} more", count(more)));
            self.lines.push(note);
        }
    }
}

fn table(page: &mut Page, samples: &[Sample], lossless: &Outcome, elided: &Outcome) {
    let row = |tool: &str, before: &str, after: [&str; 2], with: [&str; 2]| {
        format!(
            "{tool:<14}{before:>12}{:>14}{:>6}{:>18}{:>6}",
            after[0], after[1], with[0], with[1]
        )
    };
    page.title(&format!(
        "Before and after, {}",
        summary::tokens(&lossless.report)
    ));
    let header = row("", "as received", ["lossless", ""], ["with retrieval", ""]);
    let header = page.style.faint(header.trim_end());
    page.lines.push(header);
    let mut totals = [0; 3];
    for sample in samples {
        let of = |outcome: &Outcome| {
            let block = outcome
                .report
                .blocks
                .iter()
                .find(|block| block.tool.as_deref() == Some(sample.tool));
            block.map_or((0, 0), |block| (block.tokens_before, block.tokens_after))
        };
        let ((before, after), (_, with)) = (of(lossless), of(elided));
        for (total, tokens) in totals.iter_mut().zip([before, after, with]) {
            *total += tokens;
        }
        page.line(&row(
            sample.tool,
            &count(before),
            [&count(after), &saved(before, after)],
            [&count(with), &saved(before, with)],
        ));
    }
    let [before, after, with] = totals;
    let total = row(
        "total",
        &count(before),
        [&count(after), &saved(before, after)],
        [&count(with), &saved(before, with)],
    );
    let total = page.style.good(&total);
    page.lines.push(total);
}

fn excerpt(page: &mut Page, sample: &Sample, text: &str) {
    page.title(&format!(
        "{}: \"{}\" The model reads:",
        sample.tool, sample.question
    ));
    page.quote(text, sample.lines);
}

/// Reads parts back as the model would, and proves that nothing is lost.
fn way_back(page: &mut Page, samples: &[Sample], texts: &[String], store: &MemoryStore) -> Result<(), Error> {
    page.title("The way back: what the model gets when it asks for more");
    let asked = [
        (
            "rows",
            "40-41",
            Selection {
                rows: Some("40-41".to_owned()),
                ..Selection::default()
            },
        ),
        (
            "query",
            "ORD-2023",
            Selection {
                query: Some("ORD-2023".to_owned()),
                ..Selection::default()
            },
        ),
    ];
    let mut stored = Vec::new();
    for (sample, text) in samples.iter().zip(texts) {
        for reference in ccr::find_refs(text) {
            stored.push((sample, reference, store.get(reference)?));
        }
    }
    if let Some((_, reference, Some(entry))) = stored.first() {
        for (name, value, selection) in &asked {
            page.line(&format!("{}({reference}, {name}: \"{value}\")", ccr::TOOL_NAME));
            page.quote(&ccr::retrieve(entry, selection)?.text, PAGE);
        }
    }
    let is_whole = |sample: &Sample, entry: &Option<Entry>| {
        entry.as_ref().is_some_and(|entry| entry.text == sample.output)
    };
    let whole = stored
        .iter()
        .filter(|(sample, _, entry)| is_whole(sample, entry))
        .count();
    page.line(&format!(
        "Of {} with parts left out, {whole} are stored whole, byte for byte.",
        plural(stored.len(), "text")
    ));
    Ok(())
}

/// Proves that a denser spelling is without loss: it decodes to its JSON, but for the white space in it.
fn decoded(page: &mut Page, samples: &[Sample], texts: &[String]) {
    let is_same = |(sample, text): &(&Sample, &String)| {
        let mut compact = String::new();
        json::compact_into(&sample.output, &mut compact);
        pipeline::decode_text(text).is_ok_and(|decoded| decoded == compact)
    };
    let denser: Vec<_> = samples
        .iter()
        .zip(texts)
        .filter(|(sample, text)| sample.output != **text)
        .collect();
    let same = denser.iter().filter(|pair| is_same(pair)).count();
    page.line(&format!(
        "Of {} spelled densely, {same} decode to the same JSON.",
        plural(denser.len(), "text")
    ));
}
