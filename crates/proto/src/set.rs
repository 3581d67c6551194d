//! One small macro: a closed list of named flags and the set of them.
//!
//! [`Tolerance`](crate::Tolerance) with [`Drift`](crate::Drift), and [`Lint`](crate::Lint) with
//! [`Lints`](crate::Lints), are the same idea twice: a program wants to count them by name, print
//! them, and pass a handful of them by value.

macro_rules! flag_set {
    (
        $(#[$flag_doc:meta])* flag $Flag:ident;
        $(#[$set_doc:meta])* set $Set:ident;
        $($(#[$doc:meta])* $Variant:ident = $name:literal,)+
    ) => {
        $(#[$flag_doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum $Flag { $($(#[$doc])* $Variant,)+ }

        impl $Flag {
            /// All of them, in the order of their declaration.
            pub const ALL: &'static [Self] = &[$(Self::$Variant,)+];

            /// A stable name in kebab case, for labels of metrics and for output that programs read.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$Variant => $name,)+ }
            }
        }

        $(#[$set_doc])*
        #[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
        pub struct $Set(u32);

        impl $Set {
            /// The empty set.
            pub const NONE: Self = Self(0);

            /// Whether nothing is in the set.
            #[must_use]
            pub const fn is_empty(self) -> bool {
                self.0 == 0
            }

            /// How many are in the set.
            #[must_use]
            pub const fn len(self) -> usize {
                self.0.count_ones() as usize
            }

            /// Whether this one is in the set.
            #[must_use]
            pub const fn contains(self, flag: $Flag) -> bool {
                self.0 & (1 << flag as u32) != 0
            }

            /// Adds one.
            pub const fn insert(&mut self, flag: $Flag) {
                self.0 |= 1 << flag as u32;
            }

            /// What is in either of the two sets.
            #[must_use]
            pub const fn union(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }

            /// The members, in the order of their declaration.
            pub fn iter(self) -> impl Iterator<Item = $Flag> {
                $Flag::ALL.iter().copied().filter(move |&flag| self.contains(flag))
            }
        }

        const _: () = assert!($Flag::ALL.len() <= u32::BITS as usize, "a set has 32 bits");

        impl core::fmt::Debug for $Set {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.debug_set().entries(self.iter()).finish()
            }
        }

        /// A list of names.
        impl serde::Serialize for $Set {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_seq(self.iter().map($Flag::name))
            }
        }

        impl FromIterator<$Flag> for $Set {
            fn from_iter<I: IntoIterator<Item = $Flag>>(flags: I) -> Self {
                let mut set = Self::NONE;
                flags.into_iter().for_each(|flag| set.insert(flag));
                set
            }
        }
    };
}

pub(crate) use flag_set;
