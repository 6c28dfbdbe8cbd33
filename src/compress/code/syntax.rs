//! The one place that knows tree-sitter: grammars, bounded parsing, and what a node of each kind is for us.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use tree_sitter::{Node, ParseOptions, ParseState, Parser, Tree};

use super::guard::Guard;
use crate::grammar::source::Language;

/// Largest source that is parsed, in bytes: a tree takes some twenty times its source.
const MAX_BYTES: usize = 4 << 20;
/// What a parser may spend on a source: steps, in its own unit of a hundred actions, and pieces of source read,
/// some of them again and again where it looks for a way on. Sources take a step in some two hundred bytes and
/// read each piece twice; what is no source in this language takes hundreds of times that. Counted, not timed,
/// so that a run is as the next.
const STEPS: usize = 400;
const BYTES_PER_STEP: usize = 16;
const PIECE: usize = 256;
/// Scanners read on behind each comment, so a few long ones cost many pieces, of which these are 4 MB.
const READS: usize = 16_000;
const READS_PER_PIECE: usize = 12;
/// Every so many steps one is watched, and a source in which so many mistakes were seen there is none: what a
/// parser does for each of them takes the longer the more there are.
const UNWATCHED: usize = 7;
const MAX_MISTAKES: usize = 500;
/// Mistakes in a source that is watched at every step.
const FEW_MISTAKES: usize = 20;

/// What a node is for the outline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Nothing in particular.
    Other,
    /// A function, method or closure; its body is the field `body`.
    Function,
    /// A class, interface, struct, enum, trait or named type.
    Type,
    /// Statements between braces or at one indentation.
    Block,
    /// Elements of a literal.
    Data,
    /// A comment.
    Comment,
    /// What gives a function without a name its name.
    Binding,
}

/// A grammar, and the roles of its nodes by their kind.
pub(super) struct Syntax {
    grammar: tree_sitter::Language,
    roles: &'static [Role],
    pub(super) language: Language,
}

/// The roles of all kinds of every language, found once.
static ROLES: [OnceLock<Vec<Role>>; Language::ALL.len()] = [const { OnceLock::new() }; Language::ALL.len()];

impl Syntax {
    pub(super) fn of(language: Language) -> Self {
        let grammar = grammar(language);
        let roles = ROLES[language as usize].get_or_init(|| roles(language, &grammar));
        Self {
            grammar,
            roles,
            language,
        }
    }

    pub(super) fn role(&self, node: Node<'_>) -> Role {
        self.roles
            .get(usize::from(node.kind_id()))
            .copied()
            .unwrap_or(Role::Other)
    }

    /// The tree of a source; `None` when it is too large or the parser gets lost in it.
    pub(super) fn parse(&self, source: &str) -> Option<Tree> {
        if source.len() > MAX_BYTES {
            return None;
        }
        let (unwatched, most) = match Guard::of(source, self.language) {
            Guard::Free => (UNWATCHED, MAX_MISTAKES),
            Guard::Watch => (1, FEW_MISTAKES),
            Guard::Refuse => return None,
        };
        let mut parser = Parser::new();
        parser.set_language(&self.grammar).ok()?;
        let bytes = source.as_bytes();
        let mut steps = STEPS + source.len() / BYTES_PER_STEP;
        let mut reads = READS + source.len().div_ceil(PIECE) * READS_PER_PIECE;
        let mut read = |at: usize, _| {
            reads = reads.saturating_sub(1);
            // Out of reads, the source ends here, and so does the work.
            let end = if reads == 0 {
                0
            } else {
                bytes.len().min(at + PIECE)
            };
            bytes.get(at..end).unwrap_or_default()
        };
        let mistakes = Arc::new(AtomicUsize::new(0));
        for round in 0.. {
            let is_watched = round % 2 == 0 || unwatched == 1;
            let mut left = if is_watched { 1 } else { unwatched };
            if is_watched {
                watch(&mut parser, &mistakes);
            } else {
                parser.set_logger(None);
            }
            let mut count = |_: &ParseState| {
                steps = steps.saturating_sub(1);
                left -= 1;
                if left == 0 {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            };
            let options = ParseOptions::new().progress_callback(&mut count);
            // A parser that was stopped goes on where it stood.
            let tree = parser.parse_with_options(&mut read, None, Some(options));
            let lost = steps == 0 || mistakes.load(Ordering::Relaxed) > most;
            if tree.is_some() || lost {
                return tree.filter(|_| !lost && reads > 0);
            }
        }
        None
    }
}

/// Counts what a parser does to get over mistakes.
fn watch(parser: &mut Parser, mistakes: &Arc<AtomicUsize>) {
    let mistakes = Arc::clone(mistakes);
    parser.set_logger(Some(Box::new(move |_, message| {
        let is_one = ["detect_error", "skip_", "recover"]
            .iter()
            .any(|start| message.starts_with(start));
        mistakes.fetch_add(usize::from(is_one), Ordering::Relaxed);
    })));
}

fn roles(language: Language, grammar: &tree_sitter::Language) -> Vec<Role> {
    let kinds = u16::try_from(grammar.node_kind_count()).unwrap_or(u16::MAX);
    let kind = |id: u16| {
        grammar
            .node_kind_for_id(id)
            .filter(|_| grammar.node_kind_is_named(id))
    };
    (0..kinds)
        .map(|id| kind(id).map_or(Role::Other, |kind| role(language, kind)))
        .collect()
}

fn grammar(language: Language) -> tree_sitter::Language {
    match language {
        Language::Bash => tree_sitter_bash::LANGUAGE,
        Language::C => tree_sitter_c::LANGUAGE,
        Language::Cpp => tree_sitter_cpp::LANGUAGE,
        Language::CSharp => tree_sitter_c_sharp::LANGUAGE,
        Language::Go => tree_sitter_go::LANGUAGE,
        Language::Java => tree_sitter_java::LANGUAGE,
        Language::JavaScript => tree_sitter_javascript::LANGUAGE,
        Language::Php => tree_sitter_php::LANGUAGE_PHP,
        Language::Python => tree_sitter_python::LANGUAGE,
        Language::Ruby => tree_sitter_ruby::LANGUAGE,
        Language::Rust => tree_sitter_rust::LANGUAGE,
        Language::Tsx => tree_sitter_typescript::LANGUAGE_TSX,
        Language::TypeScript => tree_sitter_typescript::LANGUAGE_TYPESCRIPT,
    }
    .into()
}

/// Kinds by role. Grammars call like things alike.
#[rustfmt::skip]
const KINDS: &[(Role, &[&str])] = &[
    (Role::Function, &[
        "accessor_declaration", "anonymous_function", "anonymous_method_expression", "arrow_function",
        "closure_expression", "compact_constructor_declaration", "constructor_declaration",
        "conversion_operator_declaration", "destructor_declaration", "func_literal", "function_declaration",
        "function_definition", "function_expression", "function_item", "generator_function",
        "generator_function_declaration", "lambda_expression", "local_function_statement", "method_declaration",
        "method_definition", "operator_declaration",
    ]),
    (Role::Type, &[
        "abstract_class_declaration", "annotation_type_declaration", "class", "class_declaration",
        "class_definition", "class_specifier", "enum_declaration", "enum_item", "enum_specifier",
        "interface_declaration", "record_declaration", "struct_declaration", "struct_item", "struct_specifier",
        "trait_declaration", "trait_item", "type_alias_declaration", "type_item", "type_spec", "union_item",
        "union_specifier",
    ]),
    (Role::Block, &[
        "block", "compound_statement", "constructor_body", "do_group", "match_block", "statement_block",
        "switch_block", "switch_body",
    ]),
    (Role::Data, &[
        "array", "array_creation_expression", "array_expression", "array_initializer", "dictionary", "hash",
        "initializer_expression", "initializer_list", "list", "literal_value", "object", "set",
    ]),
    (Role::Comment, &["block_comment", "comment", "line_comment"]),
    (Role::Binding, &[
        "assignment_expression", "field_definition", "pair", "public_field_definition", "variable_declarator",
    ]),
];

/// Kinds of Ruby, whose blocks are functions.
#[rustfmt::skip]
const RUBY: &[(Role, &[&str])] = &[
    (Role::Function, &["block", "do_block", "lambda", "method", "singleton_method"]),
    (Role::Type, &["class", "module"]),
    (Role::Block, &["block_body", "body_statement", "do", "then"]),
];

/// The role of a kind; where grammars differ the language decides.
fn role(language: Language, kind: &str) -> Role {
    let find = |table: &[(Role, &[&str])]| {
        let row = table.iter().find(|(_, kinds)| kinds.contains(&kind));
        row.map(|&(role, _)| role)
    };
    let own = if language == Language::Ruby {
        find(RUBY)
    } else {
        None
    };
    own.or_else(|| find(KINDS)).unwrap_or(Role::Other)
}
