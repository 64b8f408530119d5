//! The targets. To add one: a file here with `run` and `seeds`, and its name in the list.

/// Hands the list to a macro: the one place that names every target.
#[macro_export]
macro_rules! targets {
    ($with:ident) => {
        $with! {
            acceptance,
            buyback,
            conversion,
            dispute,
            epoch,
            introspection,
            layouts,
            libcalls,
            market,
            merkle,
            messages,
            oracle,
            pending,
            quote,
            receipt,
            reputation,
            service,
            shares,
            stable,
            stablecoin,
            terms,
        }
    };
}

use crate::Target;

macro_rules! modules {
    ($($name:ident),* $(,)?) => {
        $(pub mod $name;)*

        /// Every target.
        pub const ALL: &[Target] =
            &[$(Target { name: stringify!($name), run: $name::run, seeds: $name::seeds }),*];
    };
}
targets!(modules);
