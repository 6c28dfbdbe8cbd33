//! HTML: readable text with the headings, links, tables and code of the page, and without what is no content.
//!
//! Runs only with a way back: what the markup said besides is lost, and is declared at the top; navigation,
//! banners and the like are noted in place with their lines. What is shown is the page's text, in its order; all
//! of it, unless a size is asked for.

mod blocks;
mod fit;
mod inline;
mod read;
mod region;
mod select;
mod table;
mod tag;
mod write;

use crate::grammar::markup::page_start;

use super::{CompressError, Compressed, Compressor, Input, is_worth};

/// The compressor for HTML.
#[derive(Debug, Clone, Copy, Default)]
pub struct HtmlCompressor;

impl Compressor for HtmlCompressor {
    fn name(&self) -> &'static str {
        "html"
    }

    fn compress(&self, input: Input<'_>) -> Result<Option<Compressed>, CompressError> {
        let Some(elision) = input.elide else {
            return Ok(None);
        };
        let start = page_start(input.text).unwrap_or(0);
        let page = read::Page::read(input.text, start);
        let (blocks, unseen) = blocks::blocks(&page);
        if blocks.is_empty() {
            return Ok(None);
        }
        let mut shown = select::shown(&blocks, input.query);
        if let Some(ratio) = elision.target_ratio {
            let wanted = ratio * elision.bias * input.text.len() as f64;
            fit::fit(&blocks, input.query, wanted, &mut shown);
        }
        let pieces = write::write(input.text, start, &blocks, &shown, &unseen);
        Ok(is_worth(&pieces, input.text.len()).then(|| Compressed {
            pieces,
            transforms: vec!["html-text"],
        }))
    }
}
