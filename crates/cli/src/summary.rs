//! What was done, for people: a table of blocks, and reasons in plain words. Fits 80 columns.

use headroom::message::render_path;
use headroom::pipeline::{BlockReport, Report, Verdict};
use headroom::tokens::Encoding;

use crate::style::{Cut, Style, count, fit, plural, saved};

/// Columns of a line, at most.
const WIDTH: usize = 80;

/// Between columns.
const GAP: &str = "  ";

/// Columns of the table; the first two give way when space is short.
const HEADER: [&str; 7] = ["where", "tool", "kind", "verdict", "before", "after", "saved"];

/// Columns from here on hold numbers.
const NUMBERS: usize = 4;

/// Which blocks to show, and how.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View<'a> {
    /// Every block with its reason, instead of those that changed.
    pub(crate) explain: bool,
    /// What to call a block without a path: the input itself.
    pub(crate) name: &'a str,
    pub(crate) style: Style,
}

/// The summary, without a line break at its end.
pub(crate) fn render(report: &Report, view: View<'_>) -> String {
    let shown: Vec<&BlockReport> = report
        .blocks
        .iter()
        .filter(|block| view.explain || is_changed(block.verdict))
        .collect();
    let mut rows: Vec<[String; 7]> = shown.iter().map(|block| row(block, view.name)).collect();
    rows.push(total(report));
    let widths = widths(&rows);
    let mut lines = vec![heading(report, view.style)];
    lines.push(view.style.faint(&line(&HEADER.map(str::to_owned), &widths)));
    for (block, row) in shown.iter().zip(&rows) {
        lines.push(line(row, &widths));
        if view.explain {
            lines.push(view.style.faint(&format!("    {}", reason(block))));
        }
    }
    let sum = rows.last().map(|total| line(total, &widths)).unwrap_or_default();
    lines.push(if report.tokens_saved > 0 {
        view.style.good(&sum)
    } else {
        sum
    });
    lines.join("\n")
}

fn is_changed(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Compressed | Verdict::Lossless | Verdict::Error)
}

/// How tokens were counted.
pub(crate) fn tokens(report: &Report) -> String {
    if report.tokenizer == Encoding::Estimate.name() {
        "tokens estimated".to_owned()
    } else {
        format!("tokens counted with {}", report.tokenizer)
    }
}

fn heading(report: &Report, style: Style) -> String {
    let changed = report
        .blocks
        .iter()
        .filter(|block| is_changed(block.verdict))
        .count();
    let blocks = plural(report.blocks.len(), "block");
    style.strong(&format!(
        "{}: {changed} of {blocks} changed, {}",
        report.format,
        tokens(report)
    ))
}

fn row(block: &BlockReport, name: &str) -> [String; 7] {
    let place = if block.path.is_empty() {
        name.to_owned()
    } else {
        render_path(&block.path)
    };
    [
        place,
        block.tool.clone().unwrap_or_default(),
        block.kind.as_str().to_owned(),
        block.verdict.as_str().to_owned(),
        count(block.tokens_before),
        count(block.tokens_after),
        saved(block.tokens_before, block.tokens_after),
    ]
}

fn total(report: &Report) -> [String; 7] {
    [
        "total".to_owned(),
        String::new(),
        String::new(),
        String::new(),
        count(report.tokens_before),
        count(report.tokens_after),
        saved(report.tokens_before, report.tokens_after),
    ]
}

fn widths(rows: &[[String; 7]]) -> [usize; 7] {
    let mut widths = HEADER.map(str::len);
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let taken = |widths: &[usize; 7]| widths.iter().sum::<usize>() + GAP.len() * (widths.len() - 1);
    for (column, least) in [(1, 10), (0, 16)] {
        let excess = taken(&widths).saturating_sub(WIDTH);
        widths[column] = widths[column]
            .saturating_sub(excess)
            .max(least.min(widths[column]));
    }
    widths
}

fn line(row: &[String; 7], widths: &[usize; 7]) -> String {
    let cells = row.iter().zip(widths).enumerate().map(|(column, (cell, width))| {
        let cut = if column == 0 { Cut::Front } else { Cut::End };
        let cell = fit(cell, *width, cut);
        if column < NUMBERS {
            format!("{cell:<width$}")
        } else {
            format!("{cell:>width$}")
        }
    });
    cells.collect::<Vec<_>>().join(GAP).trim_end().to_owned()
}

/// The verdict in plain words; fits the line under its row.
fn reason(block: &BlockReport) -> String {
    let tool = fit(block.tool.as_deref().unwrap_or("this tool"), 24, Cut::End);
    match block.verdict {
        Verdict::Compressed => match &block.r#ref {
            Some(reference) => format!("parts left out, marked; original: {reference}"),
            None => "parts left out, marked in place".to_owned(),
        },
        Verdict::Lossless => "the same content in a denser spelling, nothing left out".to_owned(),
        Verdict::ExcludedTool => format!("what {tool} prints is needed to the letter"),
        Verdict::UserMessage => "what the user says is not touched unless asked".to_owned(),
        Verdict::SystemMessage => "system prompts are never touched".to_owned(),
        Verdict::AssistantMessage => "what the model said is never touched".to_owned(),
        Verdict::BelowMin => "too small to be worth it".to_owned(),
        Verdict::NotSmaller => "the result would not have had fewer tokens".to_owned(),
        Verdict::NoRetrieval => "only leaving parts out would help; --ccr allows that".to_owned(),
        Verdict::NotAsked => "source code stays whole without --code-aware".to_owned(),
        Verdict::NoCompressor => format!("no compressor for {} yet", block.kind.as_str()),
        Verdict::ReadAgain => "printed again after a change: the newest reading stays whole".to_owned(),
        Verdict::AlreadyCompressed => "carries marks of an earlier compression".to_owned(),
        Verdict::ErrorResult => "errors stay as they are".to_owned(),
        Verdict::Undecodable => "not valid Unicode once decoded".to_owned(),
        Verdict::Opaque => "the provider wants this shape".to_owned(),
        Verdict::Hook => "a hook or an edited plan said so".to_owned(),
        Verdict::Error => "a transform failed, so it stays as it was; see the warnings".to_owned(),
    }
}
