//! The macro behind the tables of texts: an enum of message ids whose texts stand beside them.

/// Makes an enum of message ids. One line an id: `Play: "Play", "播放";`.
macro_rules! texts {
    ($(#[$meta:meta])* $vis:vis enum $name:ident { $($(#[$doc:meta])* $id:ident: $en:literal, $zh:literal;)* }) => {
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

            /// The text in every language.
            pub const fn template(self) -> $crate::narrate::Template {
                match self { $($name::$id => $crate::narrate::Template::new($en, $zh),)* }
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

pub(super) use texts;
