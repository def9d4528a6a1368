//! The page's icons: strokes on a 16 × 16 grid, in the colour of the text beside them.

use yew::prelude::*;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Icon {
    Play,
    Pause,
    Step,
    StepBack,
    Milestone,
    MilestoneBack,
    Clock,
    Cut,
    Heal,
    More,
    Plus,
    Minus,
    Close,
    Check,
    Cross,
    Folder,
    Share,
    Help,
    Moon,
    Sun,
    Language,
    Restart,
    Skip,
    Arrow,
    Hole,
    Enter,
    Book,
    Stop,
    Fork,
    Fit,
}

impl Icon {
    /// What is drawn as strokes, and what is filled.
    fn paths(self) -> (&'static str, &'static str) {
        match self {
            Icon::Play => {
                ("", "M4.5 2.8v10.4a.6.6 0 0 0 .9.5l8.2-5.2a.6.6 0 0 0 0-1L5.4 2.3a.6.6 0 0 0-.9.5Z")
            }
            Icon::Pause => ("", "M4 2.5h2.8v11H4zM9.2 2.5H12v11H9.2z"),
            Icon::Step => {
                ("M12.5 3v10", "M3.5 3.2v9.6a.5.5 0 0 0 .8.4l6-4.8a.5.5 0 0 0 0-.8l-6-4.8a.5.5 0 0 0-.8.4Z")
            }
            Icon::StepBack => {
                ("M3.5 3v10", "M12.5 3.2v9.6a.5.5 0 0 1-.8.4l-6-4.8a.5.5 0 0 1 0-.8l6-4.8a.5.5 0 0 1 .8.4Z")
            }
            Icon::Milestone => ("M9.5 14V2.5l5 2.2-5 2.3M1.5 8h5M4.5 5.5 7 8l-2.5 2.5", ""),
            Icon::MilestoneBack => ("M6.5 14V2.5l-5 2.2 5 2.3M14.5 8h-5M11.5 5.5 9 8l2.5 2.5", ""),
            Icon::Clock => ("M8 2.2a5.8 5.8 0 1 0 0 11.6A5.8 5.8 0 0 0 8 2.2ZM8 5v3.2l2 1.3", ""),
            Icon::Cut => (
                "M5.6 10.2 13 3M5.6 5.8 13 13M4 3.2a1.7 1.7 0 1 0 0 3.4 1.7 1.7 0 0 0 0-3.4ZM4 9.4a1.7 1.7 0 1 0 0 3.4 1.7 1.7 0 0 0 0-3.4Z",
                "",
            ),
            Icon::Heal => (
                "M6.5 4.5 8 3a3.5 3.5 0 0 1 5 5l-1.5 1.5M9.5 11.5 8 13a3.5 3.5 0 0 1-5-5l1.5-1.5M6 10l4-4",
                "",
            ),
            Icon::More => (
                "",
                "M3.2 6.7a1.3 1.3 0 1 1 0 2.6 1.3 1.3 0 0 1 0-2.6ZM8 6.7a1.3 1.3 0 1 1 0 2.6 1.3 1.3 0 0 1 0-2.6ZM12.8 6.7a1.3 1.3 0 1 1 0 2.6 1.3 1.3 0 0 1 0-2.6Z",
            ),
            Icon::Minus => ("M3 8h10", ""),
            Icon::Plus => ("M8 3v10M3 8h10", ""),
            Icon::Close | Icon::Cross => ("M4 4l8 8M12 4l-8 8", ""),
            Icon::Check => ("M3.5 8.5 6.5 11.5 12.5 4.8", ""),
            Icon::Folder => ("M2 12.5v-9h4l1.5 2H14v7H2Z", ""),
            Icon::Share => ("M8 10V2.5M5 5l3-2.8L11 5M3 8.5V13h10V8.5", ""),
            Icon::Help => (
                "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2ZM6.2 6.3a1.8 1.8 0 1 1 2.6 1.6c-.6.3-.8.7-.8 1.3",
                "M8 10.7a.8.8 0 1 1 0 1.6.8.8 0 0 1 0-1.6Z",
            ),
            Icon::Moon => ("M13.5 9.8A6 6 0 0 1 6.2 2.5a6 6 0 1 0 7.3 7.3Z", ""),
            Icon::Sun => (
                "M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6ZM8 1.2v1.4M8 13.4v1.4M1.2 8h1.4M13.4 8h1.4M3.2 3.2l1 1M11.8 11.8l1 1M12.8 3.2l-1 1M4.2 11.8l-1 1",
                "",
            ),
            Icon::Language => (
                "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2ZM2 8h12M8 2c3.4 3.6 3.4 8.4 0 12M8 2C4.6 5.6 4.6 10.4 8 14",
                "",
            ),
            Icon::Restart => ("M13 8a5 5 0 1 1-1.6-3.7M13 2v3h-3", ""),
            Icon::Skip => ("M2.5 4 6.5 8l-4 4M8 4l4 4-4 4M13.5 4v8", ""),
            Icon::Arrow => ("M3 8h9.5M9 4.5 12.5 8 9 11.5", ""),
            Icon::Hole => (
                "M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11Z",
                "M8 5.5a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5Z",
            ),
            Icon::Fit => ("M2.500 6V2.500H6M10 2.500h3.500V6M13.500 10v3.500H10M6 13.500H2.500V10", ""),
            Icon::Book => (
                "M8 4.2C6.600 3 4.400 2.800 2 2.800v9.600c2.400 0 4.600.2 6 1.400 1.400-1.200 3.600-1.400 6-1.400V2.800c-2.400 0-4.600.2-6 1.400ZM8 4.200v9.600",
                "",
            ),
            Icon::Stop => {
                ("M5.6 2.2h4.800l3.400 3.400v4.800l-3.400 3.400H5.600L2.200 10.400V5.600Z", "M6 6h4v4H6z")
            }
            Icon::Fork => ("M2 11h12M5 11c3 0 3-6 6-6h3M11.800 2.800 14 5l-2.200 2.200", ""),
            Icon::Enter => ("M13 3.5v4a1.5 1.5 0 0 1-1.5 1.5H3M6 6 3 9l3 3", ""),
        }
    }
}

pub fn icon(icon: Icon) -> Html {
    let (stroke, fill) = icon.paths();
    html! {
        <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
            if !stroke.is_empty() {
                <path d={stroke} fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round" />
            }
            if !fill.is_empty() { <path d={fill} fill="currentColor" /> }
        </svg>
    }
}

/// The mark of Resync: a full circle handing its bytes to one that fills.
pub fn mark() -> Html {
    html! {
        <svg class="mark" viewBox="0 0 28 28" width="28" height="28" aria-hidden="true">
            <path class="mark-a" d="M22.5 9.5A9.5 9.5 0 0 0 5 11" />
            <path class="mark-b" d="M5.5 18.5A9.5 9.5 0 0 0 23 17" />
            <circle class="mark-m" cx="5" cy="11" r="3.2" />
            <circle class="mark-r" cx="23" cy="17" r="3.2" />
        </svg>
    }
}
