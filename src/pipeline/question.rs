//! The question a block is judged against: the user's latest before it (law 1).

use crate::message::{Block, Role};
use crate::relevance::Query;

/// Follows a conversation and remembers what was asked last.
#[derive(Debug, Default)]
pub(super) struct Question<'b> {
    text: String,
    message: Option<usize>,
    /// Heard, and not read yet: in most conversations nothing is judged after the last of them.
    unread: Vec<&'b Block<'b>>,
}

impl<'b> Question<'b> {
    /// Takes note of a block.
    pub(super) fn hear(&mut self, block: &'b Block<'b>) {
        if block.role == Role::User {
            self.unread.push(block);
        }
    }

    /// Reads what a user wrote if it is a question. "Yes, go on" is none, nor is a `<reminder>` that a client
    /// put into the user's message: what was asked before them still is.
    fn read(&mut self, block: &Block<'_>) {
        if is_machine_text(&block.text) || Query::new(Some(&block.text), None).is_empty() {
            return;
        }
        if self.message == Some(block.message) {
            self.text.push('\n');
        } else {
            self.text.clear();
            self.message = Some(block.message);
        }
        self.text.push_str(&block.text);
    }

    /// What a block is judged against; an explicit question comes before the one heard.
    pub(super) fn query(&mut self, explicit: Option<&str>, block: &Block<'_>) -> Query {
        for block in std::mem::take(&mut self.unread) {
            self.read(block);
        }
        let heard = self.message.map(|_| self.text.as_str());
        Query::new(
            explicit.or(heard),
            block.tool.as_ref().map(|tool| tool.arguments.as_ref()),
        )
    }
}

/// True for a text that is one tagged element and nothing else: `<system-reminder>…</system-reminder>`.
fn is_machine_text(text: &str) -> bool {
    let text = text.trim();
    let name = text
        .strip_prefix('<')
        .and_then(|rest| rest.split(['>', ' ', '\n']).next());
    name.is_some_and(|name| {
        !name.is_empty()
            && text
                .strip_suffix('>')
                .and_then(|rest| rest.strip_suffix(name))
                .is_some_and(|rest| rest.ends_with("</"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{Slot, ToolCall};

    fn block(message: usize, role: Role, text: &str) -> Block<'_> {
        Block {
            path: Vec::new(),
            message,
            span: 0..0,
            role,
            text: text.into(),
            tool: None,
            slot: Slot::String,
            closed: None,
        }
    }

    fn terms(heard: &[(usize, Role, &str)]) -> Vec<String> {
        let blocks: Vec<_> = heard
            .iter()
            .map(|&(message, role, text)| block(message, role, text))
            .collect();
        let mut question = Question::default();
        for block in &blocks {
            question.hear(block);
        }
        question.query(None, &block(9, Role::Tool, "")).terms
    }

    #[test]
    fn the_latest_question_counts() {
        let heard = [
            (0, Role::User, "cheap flights"),
            (1, Role::Assistant, "hotels"),
            (2, Role::User, "late trains"),
        ];
        assert_eq!(terms(&heard), ["late", "train"]);
    }

    #[test]
    fn parts_of_one_message_belong_together() {
        assert_eq!(
            terms(&[(0, Role::User, "cheap"), (0, Role::User, "flights")]),
            ["cheap", "flight"]
        );
    }

    #[test]
    fn going_on_and_reminders_are_not_questions() {
        let heard = [
            (0, Role::User, "cheap flights"),
            (2, Role::User, "yes, please continue"),
            (
                3,
                Role::User,
                "<system-reminder>\nTodo list changed\n</system-reminder>",
            ),
        ];
        assert_eq!(terms(&heard), ["cheap", "flight"]);
    }

    #[test]
    fn an_explicit_question_comes_first_and_arguments_always_count() {
        let asked = block(0, Role::User, "cheap flights");
        let mut question = Question::default();
        question.hear(&asked);
        let mut tool = block(1, Role::Tool, "");
        tool.tool = Some(ToolCall {
            name: "search".into(),
            arguments: "{\"city\":\"Oslo\"}".into(),
        });
        assert_eq!(question.query(Some("trains"), &tool).terms, ["train", "oslo"]);
        assert_eq!(question.query(None, &tool).terms, ["cheap", "flight", "oslo"]);
    }
}
