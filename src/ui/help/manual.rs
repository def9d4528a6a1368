//! The manual of the scenario text, as a page of the help. Every example in it can be opened.
//!
//! The file is written by the table of verbs (`scenario::verbs`): of Markdown it has headings, paragraphs, items, one
//! table and fenced code, and no more is read here.

use std::rc::Rc;

use yew::prelude::*;

use super::in_place_of;
use crate::narrate::{Locale, Sentence};
use crate::ui::inspector::why::sentence;
use crate::ui::platform::fetch::use_text;
use crate::ui::store::{Act, Emit, Ui};
use crate::ui::words::{Say, Word};

/// A piece of the manual.
#[derive(PartialEq, Debug)]
enum Piece {
    Heading(usize, String),
    Text(String),
    Item(String),
    Row(Vec<String>),
    Code(String),
}

#[component]
pub fn Manual() -> Html {
    let emit = use_context::<Emit>().expect("inside the store");
    let ui = use_context::<Rc<Ui>>().expect("inside the store");
    let l = ui.locale;
    let text = use_text("scenario.md");
    if let Some(instead) = in_place_of(&text, l) {
        return html! { <p class="soft">{ instead }</p> };
    }
    let pieces = read(&text.and_then(Result::ok).unwrap_or_default());
    html! {
        <>
            if l != Locale::En { <p class="soft lead">{ l.t(Word::OnlyEnglish) }</p> }
            <div class="manual-text prose" lang="en">{ for pieces.into_iter().map(|piece| match piece {
                Piece::Heading(1, _) => html!(),
                Piece::Heading(2, text) => html! { <h3>{ text }</h3> },
                Piece::Heading(_, text) => html! { <h4>{ text }</h4> },
                Piece::Text(text) => html! { <p>{ marked(&text) }</p> },
                Piece::Item(text) => html! { <p class="item">{ marked(&text) }</p> },
                Piece::Row(cells) => html! { <div class="manual-row">{ for cells.iter().map(|cell| html! { <p>{ marked(cell) }</p> }) }</div> },
                Piece::Code(code) => {
                    let open = {
                        let code: Rc<str> = code.clone().into();
                        emit.reform(move |_: MouseEvent| Act::OpenLesson(None, code.clone()))
                    };
                    html! { <div class="example"><pre tabindex="0">{ code }</pre><button class="button" lang={l.tag()} onclick={open}>{ l.t(Word::OpenExample) }</button></div> }
                }
            }) }</div>
        </>
    }
}

fn marked(text: &str) -> Html {
    sentence(&Sentence::parse(text, Locale::En, |_| None))
}

fn read(text: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut lines = text.lines();
    // Whether the next line goes on with the piece before it.
    let mut goes_on = false;
    while let Some(line) = lines.next() {
        let level = line.bytes().take_while(|byte| *byte == b'#').count();
        let piece = if line.starts_with("```") {
            let code: Vec<&str> = lines.by_ref().take_while(|line| !line.starts_with("```")).collect();
            Piece::Code(code.join("\n"))
        } else if level > 0 {
            Piece::Heading(level, line[level..].trim().to_owned())
        } else if let Some(item) = line.strip_prefix("- ") {
            Piece::Item(item.to_owned())
        } else if line.starts_with('|') {
            let cells = line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned());
            Piece::Row(cells.collect())
        } else {
            if let (true, Some(Piece::Text(text) | Piece::Item(text))) = (goes_on, pieces.last_mut())
                && !line.trim().is_empty()
            {
                text.push(' ');
                text.push_str(line.trim());
                continue;
            }
            goes_on = false;
            if line.trim().is_empty() {
                continue;
            }
            Piece::Text(line.to_owned())
        };
        goes_on = matches!(piece, Piece::Text(_) | Piece::Item(_));
        let is_ruler =
            matches!(&piece, Piece::Row(cells) if cells.iter().all(|cell| cell.starts_with("---")));
        if !is_ruler {
            pieces.push(piece);
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::{Locale, Piece, Sentence, read};

    fn marked_text(text: &str) -> String {
        Sentence::parse(text, Locale::En, |_| None).to_text()
    }

    #[test]
    fn the_manual_is_headings_paragraphs_and_examples() {
        let pieces = read(include_str!("../../../www/scenario.md"));
        assert!(matches!(&pieces[0], Piece::Heading(1, title) if title == "The scenario text"));
        let examples =
            pieces.iter().filter(|piece| matches!(piece, Piece::Code(code) if code.starts_with("resync 1")));
        assert!(examples.count() > 20);
        assert!(
            pieces.iter().any(|piece| matches!(piece, Piece::Row(cells) if cells[0] == "`backlog.first`"))
        );
        for piece in &pieces {
            let (Piece::Text(text) | Piece::Item(text)) = piece else { continue };
            assert!(!text.starts_with(['*', '>']) && !text.contains("]("), "cannot be shown: {text}");
            assert!(!marked_text(text).contains('`'), "an open mark: {text}");
        }
    }
}
