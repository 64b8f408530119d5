//! The one event whose length varies: a batch of receipts. Wire form as of every event, its lists each with
//! their length (`u32`) before them, as Borsh has it.

#[cfg(any(feature = "std", feature = "idl-build"))]
use super::Touched;
use crate::Address;
use bytemuck::{Pod, Zeroable};

/// A receipt that a batch had accepted; USD in micro-dollars.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::IdlType))]
pub struct BatchEntry {
    /// Its number among the job's receipts, from 1.
    pub index: u64,
    /// Cumulative units.
    pub units: u64,
    /// Charged so far.
    pub accepted: u64,
    /// Accepted and not converted.
    pub outstanding: u64,
}

/// A job that a batch left as it was.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "anchor", derive(anchor_lang::IdlType))]
pub struct BatchSkip {
    /// The `Job`.
    pub job: Address,
    /// Code of the error with which its receipt alone would have been refused.
    pub reason: u64,
}

/// Eight bytes after the tag.
pub const BATCH_DISCRIMINATOR: [u8; 8] = crate::accounts::discriminator(b"event:", "BatchAccepted");

/// Receipts of many jobs were accepted by one signature. Entities: the jobs whose receipts were.
#[cfg(feature = "std")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchAccepted {
    /// Header.
    pub entities: std::vec::Vec<Touched>,
    /// Unix seconds.
    pub at: i64,
    /// Key that signed.
    pub meter: Address,
    /// Unix seconds up to which units were counted.
    pub through: i64,
    /// What was accepted, one for each entity.
    pub entries: std::vec::Vec<BatchEntry>,
    /// What was not.
    pub skipped: std::vec::Vec<BatchSkip>,
}

#[cfg(feature = "std")]
impl BatchAccepted {
    /// Name, as in the IDL.
    pub const NAME: &'static str = "BatchAccepted";

    /// Reads the bytes after the discriminator; where they end otherwise, how many were expected.
    pub(super) fn read(body: &[u8]) -> Result<Self, usize> {
        let mut rest = body;
        let entities = list(&mut rest, body.len())?;
        let head = take::<48>(&mut rest, body.len())?;
        let (at, head) = head.split_first_chunk::<8>().unwrap_or((&[0; 8], &[]));
        let (meter, through) = head.split_first_chunk::<32>().unwrap_or((&[0; 32], &[]));
        let event = Self {
            entities,
            at: i64::from_le_bytes(*at),
            meter: Address::new_from_array(*meter),
            through: through.first_chunk().map_or(0, |bytes| i64::from_le_bytes(*bytes)),
            entries: list(&mut rest, body.len())?,
            skipped: list(&mut rest, body.len())?,
        };
        let read = body.len().saturating_sub(rest.len());
        if rest.is_empty() && event.entities.len() == event.entries.len() { Ok(event) } else { Err(read) }
    }

    /// The bytes that [`Self::read`] reads back.
    pub(super) fn bytes(&self) -> std::vec::Vec<u8> {
        let length = |count: usize| u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes();
        let mut bytes = length(self.entities.len()).to_vec();
        bytes.extend_from_slice(bytemuck::cast_slice(&self.entities));
        bytes.extend_from_slice(&self.at.to_le_bytes());
        bytes.extend_from_slice(self.meter.as_ref());
        bytes.extend_from_slice(&self.through.to_le_bytes());
        bytes.extend_from_slice(&length(self.entries.len()));
        bytes.extend_from_slice(bytemuck::cast_slice(&self.entries));
        bytes.extend_from_slice(&length(self.skipped.len()));
        bytes.extend_from_slice(bytemuck::cast_slice(&self.skipped));
        bytes
    }
}

/// The next `N` bytes, or how many the whole should have.
#[cfg(feature = "std")]
fn take<'a, const N: usize>(rest: &mut &'a [u8], whole: usize) -> Result<&'a [u8; N], usize> {
    let lacking = N.saturating_sub(rest.len());
    let (bytes, after) = rest.split_first_chunk::<N>().ok_or(whole.saturating_add(lacking))?;
    *rest = after;
    Ok(bytes)
}

/// The next list, or how many bytes the whole should have.
#[cfg(feature = "std")]
fn list<T: Pod>(rest: &mut &[u8], whole: usize) -> Result<std::vec::Vec<T>, usize> {
    let count = usize::try_from(u32::from_le_bytes(*take::<4>(rest, whole)?)).unwrap_or(usize::MAX);
    let length = count.saturating_mul(size_of::<T>());
    let lacking = length.saturating_sub(rest.len());
    let (bytes, after) = rest.split_at_checked(length).ok_or(whole.saturating_add(lacking))?;
    *rest = after;
    Ok(bytes.chunks_exact(size_of::<T>().max(1)).map(bytemuck::pod_read_unaligned).collect())
}

/// The entry of Anchor's IDL, which knows no such struct of ours.
#[cfg(feature = "idl-build")]
pub(super) fn idl_entry() -> alloc::string::String {
    use anchor_lang::IdlAccountType;
    let (mut accounts, mut types) = (alloc::vec::Vec::new(), alloc::vec::Vec::new());
    Touched::__register_idl_deps(&mut accounts, &mut types);
    BatchEntry::__register_idl_deps(&mut accounts, &mut types);
    BatchSkip::__register_idl_deps(&mut accounts, &mut types);
    types.sort_unstable();
    types.dedup();
    let list = |name: &str, of: &str| {
        alloc::format!("{{\"name\":\"{name}\",\"type\":{{\"vec\":{{\"defined\":{{\"name\":\"{of}\"}}}}}}}}")
    };
    let plain = |name: &str, kind: &str| alloc::format!("{{\"name\":\"{name}\",\"type\":\"{kind}\"}}");
    let fields = [
        list("entities", "Touched"),
        plain("at", "i64"),
        plain("meter", "pubkey"),
        plain("through", "i64"),
        list("entries", "BatchEntry"),
        list("skipped", "BatchSkip"),
    ];
    let own = alloc::format!(
        "{{\"name\":\"BatchAccepted\",\"type\":{{\"kind\":\"struct\",\"fields\":[{}]}}}}",
        fields.join(",")
    );
    alloc::format!(
        "{{\"event\":{{\"name\":\"BatchAccepted\",\"discriminator\":{:?}}},\"types\":[{own},{}]}}",
        BATCH_DISCRIMINATOR,
        types.join(",")
    )
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::super::{DecodeError, Event};
    use super::*;

    #[test]
    fn a_batch_of_any_length_survives_the_round_trip_and_no_part_of_it_is_one() {
        for (accepted, skipped) in [(0, 0), (1, 0), (0, 2), (56, 3)] {
            let batch = BatchAccepted {
                entities: vec![Touched { entity: Address::new_from_array([1; 32]), sequence: 2 }; accepted],
                at: 3,
                meter: Address::new_from_array([4; 32]),
                through: 5,
                entries: vec![BatchEntry { index: 6, units: 7, accepted: 8, outstanding: 9 }; accepted],
                skipped: vec![BatchSkip { job: Address::new_from_array([10; 32]), reason: 6_255 }; skipped],
            };
            let event = Event::BatchAccepted(Box::new(batch));
            let data = event.encode();
            assert_eq!(Event::decode(&data), Ok(Some(event)));
            for cut in 16..data.len() {
                assert!(matches!(Event::decode(&data[..cut]), Err(DecodeError::Length { .. })));
            }
            let longer = [data.as_slice(), &[0]].concat();
            assert!(matches!(Event::decode(&longer), Err(DecodeError::Length { .. })));
        }
    }
}
