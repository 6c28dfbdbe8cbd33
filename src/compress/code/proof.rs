//! That a result is source code still: parsed again, it holds no new mistake and the same declarations.

use std::collections::HashSet;

use foldhash::fast::FixedState;

use super::fill::Gap;
use super::outline::Outline;
use super::place::Source;
use super::syntax::Syntax;

/// What a gap's mark says: its lines, and what is declared in them.
pub(super) fn note(source: &Source<'_>, outline: &Outline<'_>, gap: &Gap) -> String {
    source.note(&gap.range, &inside(source, outline, gap))
}

/// The distinct names of what is declared in a gap.
fn inside<'s>(source: &'s Source<'_>, outline: &Outline<'_>, gap: &Gap) -> Vec<&'s str> {
    let from = outline
        .definitions
        .partition_point(|definition| definition.whole.start < gap.range.start);
    let declared = outline.definitions[from..]
        .iter()
        .take_while(|definition| definition.whole.start < gap.range.end);
    let mut seen: HashSet<&str, FixedState> = HashSet::default();
    declared
        .map(|definition| &source.plain[definition.name.clone()])
        .filter(|name| is_name(name) && seen.insert(name))
        .collect()
}

/// True for what can stand in a comment of any language.
fn is_name(name: &str) -> bool {
    const MAX: usize = 80;
    !name.is_empty()
        && name.len() <= MAX
        && name.chars().all(|c| {
            c.is_alphanumeric() || matches!(c, '_' | '$' | ':' | '~' | '.' | '#' | '@' | '?' | '!' | '=')
        })
}

/// True when the source with these gaps parses to what stands outside them.
pub(super) fn holds(source: &Source<'_>, syntax: &Syntax, outline: &Outline<'_>, gaps: &[Gap]) -> bool {
    let plain = source.plain.as_ref();
    let mut result = String::with_capacity(plain.len());
    let mut at = 0;
    for gap in gaps {
        if gap.range.start < at || gap.range.start >= gap.range.end {
            return false;
        }
        result.push_str(&plain[at..gap.range.start]);
        result.push_str(gap.open);
        result.push_str(&note(source, outline, gap));
        at = gap.range.end;
    }
    result.push_str(&plain[at..]);
    if !result.ends_with('\n') {
        result.push('\n');
    }
    result.push_str(syntax.language.line_comment());
    let Some(tree) = syntax.parse(&result) else {
        return false;
    };
    let after = Outline::of(&tree, syntax);
    let in_gap = |at: usize| {
        let next = gaps.partition_point(|gap| gap.range.start <= at);
        next > 0 && at < gaps[next - 1].range.end
    };
    let before = outline
        .definitions
        .iter()
        .filter(|definition| !in_gap(definition.whole.start))
        .map(|definition| (definition.role, &plain[definition.name.clone()]));
    let found = after
        .definitions
        .iter()
        .map(|definition| (definition.role, &result[definition.name.clone()]));
    after.errors <= outline.errors && before.eq(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grammar::source::Language;

    fn is_proven(text: &str, left_out: &str, open: &'static str) -> bool {
        let source = Source::of(text);
        let syntax = Syntax::of(Language::JavaScript);
        let tree = syntax.parse(text).unwrap();
        let outline = Outline::of(&tree, &syntax);
        let start = text.find(left_out).unwrap();
        let range = start..start + left_out.len();
        holds(&source, &syntax, &outline, &[Gap { range, open }])
    }

    #[test]
    fn what_breaks_a_source_is_refused() {
        let text = "function a() {\n  b()\n  function c() {}\n}\nfunction d() {\n  e()\n}\n";
        assert!(is_proven(text, "b()", "// "));
        assert!(is_proven(text, "b()\n  function c() {}", "// "));
        assert!(!is_proven(text, "b()", ""), "a mark that is no comment");
        assert!(!is_proven(text, "e()\n}", "// "), "a bracket that is gone");
        assert!(!is_proven(text, "b()", "/* "), "a comment without an end");
        let swallowed = "b()\nfunction d() {}\n/* end */\n";
        assert!(
            !is_proven(swallowed, "b()", "/* "),
            "a comment that ends too late"
        );
    }
}
