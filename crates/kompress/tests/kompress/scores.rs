//! Which scores words get.

use std::thread;

use headroom::compress::prose::WordScorer;
use headroom_kompress::MAX_BYTES;

use crate::{by_hand, copy_of_modernbert, ends, modernbert, onnx, runtime, score, scorer, words};

/// A paragraph of some 900 tokens of the small model, more than a window.
fn paragraphs() -> String {
    let sentence = "The keeper of the lighthouse agreed to repair the lamp before the winter storm. \
                    However, the council moved the vote about the bank loan to the next meeting.";
    let all: Vec<String> = (0..16)
        .map(|round| format!("{sentence} Round {round} is over."))
        .collect();
    all.join(
        "

",
    )
}

#[test]
fn a_modernbert_scores_every_word() {
    let Some(runtime) = runtime() else { return };
    let model = modernbert(runtime);
    let text = paragraphs();
    let scores = score(&model, &text).unwrap_or_else(|| panic!("{:?}", model.take_notice()));
    assert_eq!(scores.len(), words(&text).len());
    assert!(scores.iter().all(|score| (0.0..=1.0).contains(score)));
    let (least, most) = (
        scores.iter().copied().fold(1.0, f32::min),
        scores.iter().copied().fold(0.0, f32::max),
    );
    assert!(
        least < 0.5 && most > 0.5,
        "it tells no words apart: {least} to {most}"
    );
    assert!(model.take_notice().is_none());
}

#[test]
fn the_same_text_has_the_same_scores_whatever_else_is_scored() {
    let Some(runtime) = runtime() else { return };
    let text = paragraphs();
    let wanted = score(&modernbert(runtime.clone()), &text).unwrap();
    thread::scope(|scope| {
        for number in 0..4 {
            let (runtime, text, wanted) = (runtime.clone(), &text, &wanted);
            scope.spawn(move || {
                // A session of its own, which remembers nothing.
                let folder = copy_of_modernbert();
                let model = scorer(folder.path(), runtime);
                for round in 0..3 {
                    let other = format!("Other text {number} {round}. ").repeat(1 + number + round);
                    assert!(score(&model, &other).is_some());
                }
                assert_eq!(&score(&model, text).unwrap(), wanted);
                assert_eq!(&score(&model, text).unwrap(), wanted, "remembered");
            });
        }
    });
}

#[test]
fn windows_that_end_with_a_sentence_score_as_the_parts_alone() {
    let Some(runtime) = runtime() else { return };
    let model = modernbert(runtime);
    let text = paragraphs();
    let whole = score(&model, &text).unwrap();
    // Where the first cut is: the longest beginning, up to a sentence's end, that alone scores the same.
    let cut = ends(&text).into_iter().rev().find(|&end| {
        let alone = score(&model, &text[..end]).unwrap();
        end < text.len() / 2 + 200 && whole[..alone.len()] == alone[..]
    });
    let cut = cut.unwrap();
    assert!(cut > text.len() / 4, "{cut} of {}", text.len());
}

#[test]
fn no_word_at_the_end_of_a_window_is_lost() {
    let Some(runtime) = runtime() else { return };
    let folder = by_hand(512, onnx::Shape::default());
    let model = scorer(folder.path(), runtime);
    for count in [1, 509, 510, 511, 1020, 1021, 3000] {
        let all: Vec<(&str, f32)> = (0..count)
            .map(|at| {
                [
                    ("keep", 1.0),
                    ("drop", 0.0),
                    ("most", 0.75),
                    ("half", 0.5),
                    ("unknown", 0.25),
                ][at * at % 5]
            })
            .collect();
        let text: Vec<&str> = all.iter().map(|(word, _)| *word).collect();
        let scores = score(&model, &text.join(" ")).unwrap_or_else(|| panic!("{:?}", model.take_notice()));
        assert_eq!(
            scores,
            all.iter().map(|(_, score)| *score).collect::<Vec<_>>(),
            "{count} words"
        );
    }
}

#[test]
fn a_network_gets_no_more_tokens_than_it_can_read() {
    let Some(runtime) = runtime() else { return };
    let folder = by_hand(511, onnx::Shape::default());
    let model = scorer(folder.path(), runtime);
    assert!(score(&model, &"keep ".repeat(509)).is_some());
    // 510 words and what stands around them are 512: one more than this one takes.
    assert!(score(&model, &"keep ".repeat(510)).is_none());
    let notice = model.take_notice().unwrap();
    assert_eq!(notice.title, "the model failed on a text");
}

#[test]
fn a_word_is_worth_its_best_token_and_one_without_tokens_stays() {
    let Some(runtime) = runtime() else { return };
    let folder = by_hand(512, onnx::Shape::default());
    let model = scorer(folder.path(), runtime);
    assert_eq!(
        score(&model, "drop. drop ∅ [SEP] most.half").unwrap(),
        [0.125, 0.0, 1.0, 0.25, 0.75]
    );
}

#[test]
fn a_word_longer_than_a_window_is_scored() {
    let Some(runtime) = runtime() else { return };
    let model = modernbert(runtime);
    let text = format!("The key {} is long.", "c3VwZXI".repeat(900));
    let scores = score(&model, &text).unwrap_or_else(|| panic!("{:?}", model.take_notice()));
    assert_eq!(scores.len(), 5);
}

#[test]
fn long_texts_and_texts_without_words_are_not_scored() {
    let Some(runtime) = runtime() else { return };
    let model = modernbert(runtime);
    assert_eq!(score(&model, ""), None);
    assert_eq!(score(&model, " \n "), None);
    let long = "A word. ".repeat(MAX_BYTES / 8);
    assert!(score(&model, &long).is_some());
    assert_eq!(score(&model, &format!("{long} ")), None);
    assert!(model.take_notice().is_none(), "a size is no failure");
}

#[test]
fn words_may_be_any_parts_of_the_text() {
    let Some(runtime) = runtime() else { return };
    let folder = by_hand(512, onnx::Shape::default());
    let model = scorer(folder.path(), runtime);
    let text = "drop keep drop most drop";
    assert_eq!(model.score(text, &[5..9, 15..19], &[]), Some(vec![1.0, 0.75]));
}
