//! The macros behind the tables of texts: an enum of message ids whose texts stand beside them.

/// Gives an enum of message ids a function to look up a row of its table, in every language. The rows of a `first` look lie apart: what needs only them
/// does not lead to the others, which in the page come with its late module (`tools/split.mjs`). Which ids are first changes
/// when a text comes, never what it says.
macro_rules! lookup {
    ($name:ident, $vis:vis $row:ident, $all:ident -> $text:ty, first [$($first:ident),*]) => {
        $vis const fn $row(self) -> $text {
            const FIRST: [Option<$text>; $name::ALL.len()] = {
                let ids: &[$name] = &[$($name::$first),*];
                let mut rows = [None; $name::ALL.len()];
                let mut i = 0;
                while i < ids.len() {
                    rows[ids[i] as usize] = Some(ids[i].$all());
                    i += 1;
                }
                rows
            };
            match FIRST[self as usize] {
                Some(text) => text,
                None => self.$all(),
            }
        }
    };
}

/// Makes an enum of message ids. One line an id: `Play: "Play", "播放";`.
macro_rules! texts {
    ($(#[$meta:meta])* $vis:vis enum $name:ident first [$($first:ident),*] { $($(#[$doc:meta])* $id:ident: $en:literal, $zh:literal;)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        $vis enum $name { $($(#[$doc])* $id,)* }

        impl $name {
            /// Every id, in the order of the table.
            pub const ALL: &'static [$name] = &[$($name::$id,)*];

            /// The id's name, as tests and messages about the tables show it.
            pub const fn id(self) -> &'static str {
                match self { $($name::$id => stringify!($id),)* }
            }

            #[inline(never)]
            const fn any_template(self) -> $crate::narrate::Template {
                match self { $($name::$id => $crate::narrate::Template::new($en, $zh),)* }
            }

            $crate::narrate::table::lookup! {
                $name, pub template, any_template -> $crate::narrate::Template, first [$($first),*]
            }

            /// The text as it is written in the table; for texts without arguments.
            pub const fn text(self, locale: $crate::narrate::Locale) -> &'static str {
                self.template().text(locale)
            }

            /// The text with its arguments.
            pub fn fill(
                self,
                locale: $crate::narrate::Locale,
                args: &[(&str, $crate::narrate::Arg)],
            ) -> $crate::narrate::Sentence {
                self.template().fill(locale, args)
            }
        }
    };
}

pub(crate) use lookup;
pub(super) use texts;
