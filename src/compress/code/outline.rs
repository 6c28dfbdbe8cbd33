//! One walk over a tree: what is defined where, what is said in comments, what literals are long.

use std::ops::Range;

use tree_sitter::{Node, Tree};

use super::syntax::{Role, Syntax};

/// A function or a type.
#[derive(Debug, Clone)]
pub(super) struct Definition<'t> {
    pub(super) role: Role,
    /// Bytes of the name; empty for closures that nothing names.
    pub(super) name: Range<usize>,
    /// Bytes of all of it.
    pub(super) whole: Range<usize>,
    /// What a function does.
    pub(super) body: Option<Node<'t>>,
    /// True for what is declared, assigned or passed by itself, and not as a member of something that is.
    pub(super) apart: bool,
    /// The definition it stands in.
    pub(super) within: Option<usize>,
}

/// What a tree is made of, each list in the order of the source.
#[derive(Debug, Default)]
pub(super) struct Outline<'t> {
    pub(super) definitions: Vec<Definition<'t>>,
    /// Comments, each by itself.
    pub(super) comments: Vec<Range<usize>>,
    /// Documentation in strings, as Python has it.
    pub(super) docstrings: Vec<Range<usize>>,
    /// Literals with elements of their own, and parameters that are taken apart, outer before inner.
    pub(super) data: Vec<Node<'t>>,
    /// Nodes that stand for a mistake.
    pub(super) errors: usize,
}

impl<'t> Outline<'t> {
    /// Walks a tree once.
    pub(super) fn of(tree: &'t Tree, syntax: &Syntax) -> Self {
        let mut outline = Self::default();
        let mut cursor = tree.walk();
        // Ancestors of the node, and which of them are definitions.
        let mut path: Vec<(Node<'t>, Option<usize>)> = Vec::new();
        loop {
            let node = cursor.node();
            let open = outline.see(node, &path, syntax);
            if cursor.goto_first_child() {
                path.push((node, open));
                continue;
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    return outline;
                }
                path.pop();
            }
        }
    }

    /// Notes a node; the number of the definition that its children stand in.
    fn see(&mut self, node: Node<'t>, path: &[(Node<'t>, Option<usize>)], syntax: &Syntax) -> Option<usize> {
        let (parent, within) = path
            .last()
            .map_or((None, None), |&(node, open)| (Some(node), open));
        self.errors += usize::from(node.is_error() || node.is_missing());
        match syntax.role(node) {
            Role::Comment => self.comments.push(node.byte_range()),
            Role::Data => self.data.push(node),
            role @ (Role::Function | Role::Type) => {
                let name = name_of(node).or_else(|| {
                    parent
                        .filter(|&p| syntax.role(p) == Role::Binding)
                        .and_then(bound_name)
                });
                let body = node.child_by_field_name("body");
                let apart = parent.is_none_or(|parent| !matches!(parent.kind(), "pair" | "return_statement"));
                // `struct x *y` only mentions a type.
                if role == Role::Function || body.is_some() || !node.kind().ends_with("_specifier") {
                    self.definitions.push(Definition {
                        role,
                        name: name.map_or(0..0, |name| name.byte_range()),
                        whole: node.byte_range(),
                        body: body.filter(|_| role == Role::Function),
                        apart,
                        within,
                    });
                    return Some(self.definitions.len() - 1);
                }
            }
            Role::Other | Role::Block | Role::Binding => {
                if is_unpacked(node, parent) {
                    self.data.push(node);
                }
                if is_docstring(node, parent) {
                    self.docstrings.push(node.byte_range());
                }
            }
        }
        within
    }
}

/// The name of a definition: its field `name`, or what its declarators come down to.
fn name_of(node: Node<'_>) -> Option<Node<'_>> {
    const MAX_DECLARATORS: usize = 16;
    if let Some(name) = node.child_by_field_name("name") {
        return Some(name);
    }
    let mut declarator = node.child_by_field_name("declarator")?;
    for _ in 0..MAX_DECLARATORS {
        match declarator.child_by_field_name("declarator") {
            Some(inner) => declarator = inner,
            // `int &f()` has its declarator in no field.
            None if declarator.kind() == "reference_declarator" => declarator = declarator.named_child(0)?,
            None => break,
        }
    }
    Some(declarator)
}

fn bound_name(binding: Node<'_>) -> Option<Node<'_>> {
    ["name", "key", "property", "left"]
        .iter()
        .find_map(|field| binding.child_by_field_name(field))
}

/// True for a parameter that is taken apart where its type stands beside it: what callers pass is said by the
/// type, the names are the body's.
fn is_unpacked(node: Node<'_>, parent: Option<Node<'_>>) -> bool {
    node.kind() == "object_pattern"
        && parent.is_some_and(|parent| parent.child_by_field_name("type").is_some())
}

/// A string that is a statement by itself at the head of a body.
fn is_docstring(node: Node<'_>, parent: Option<Node<'_>>) -> bool {
    node.kind() == "expression_statement"
        && parent.is_some_and(|parent| matches!(parent.kind(), "block" | "module"))
        && node.named_child_count() == 1
        && node.named_child(0).is_some_and(|child| child.kind() == "string")
}
