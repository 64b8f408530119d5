//! What a node does to a page of a list.

use super::random::Random;

/// How it garbles one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Garbling {
    #[default]
    None,
    /// Entries come twice, and the end of the page before once more.
    Repeats,
    /// Entries come in no order.
    Shuffles,
    /// It ends anywhere, after its first entry at the earliest.
    Cuts,
}

impl Garbling {
    /// At most `limit` entries of `all` from `start` on.
    pub fn page<T: Copy>(self, all: &[T], start: usize, limit: usize, random: &mut Random) -> Vec<T> {
        let mut page: Vec<T> = all[start..].iter().copied().take(limit).collect();
        match self {
            Self::None => {}
            Self::Repeats => {
                let from = start.saturating_sub(limit / 8);
                page = all[from..].iter().flat_map(|one| [*one, *one]).take(limit).collect();
            }
            Self::Shuffles => random.shuffle(&mut page),
            Self::Cuts if page.is_empty() => {}
            Self::Cuts => page.truncate(random.index(page.len()) + 1),
        }
        page
    }
}
