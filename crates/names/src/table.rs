//! A hash table that is built once and lies in memory as three arrays, as it lies in a file.

/// Finds candidates by the hash of a key. A hit is a hint: who asks compares the names themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Table {
    /// Where each bucket begins in the other two; one more than there are buckets.
    pub(crate) starts: Vec<u32>,
    /// Sixteen bits of the hash that the bucket does not tell.
    pub(crate) tags: Vec<u16>,
    /// The names.
    pub(crate) names: Vec<u32>,
}

/// FNV-1a over the kind of the key and its bytes, mixed at the end (64 bits): the same on every machine, because it is
/// stored.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KeyHash(u64);

impl KeyHash {
    pub(crate) fn of(kind: u8) -> Self {
        Self(0xcbf2_9ce4_8422_2325).with(&[kind])
    }

    pub(crate) fn with(self, bytes: &[u8]) -> Self {
        let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        Self(bytes.iter().fold(self.0, step))
    }

    pub(crate) fn finish(self) -> u64 {
        let mixed = (self.0 ^ (self.0 >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        mixed ^ (mixed >> 33)
    }
}

/// More buckets than this are never needed; a damaged file may ask for them.
const MOST_BITS: u32 = 24;

impl Table {
    /// Of pairs of hash and name, in any order.
    pub(crate) fn new(mut entries: Vec<(u64, u32)>) -> Self {
        entries.sort_unstable();
        entries.dedup();
        let bits = entries.len().next_power_of_two().trailing_zeros().clamp(1, MOST_BITS);
        let mut starts = vec![0u32; (1 << bits) + 1];
        for (hash, _) in &entries {
            starts[bucket(*hash, bits) + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        // Sorted by hash, and so by bucket: the high bits are the bucket.
        let tags = entries.iter().map(|(hash, _)| *hash as u16).collect();
        let names = entries.into_iter().map(|(_, name)| name).collect();
        Self { starts, tags, names }
    }

    /// Whether the arrays fit each other and name nothing beyond `names`.
    pub(crate) fn is_sound(&self, names: usize) -> bool {
        let buckets = self.starts.len().wrapping_sub(1);
        buckets.is_power_of_two()
            && buckets >= 2
            && buckets.trailing_zeros() <= MOST_BITS
            && self.tags.len() == self.names.len()
            && self.starts.first() == Some(&0)
            && self.starts.last().is_some_and(|end| *end as usize == self.names.len())
            && self.starts.is_sorted()
            && self.names.iter().all(|name| (*name as usize) < names)
    }

    /// The names that may have this key.
    pub(crate) fn candidates(&self, hash: u64) -> impl Iterator<Item = u32> {
        let bits = (self.starts.len() - 1).trailing_zeros();
        let at = bucket(hash, bits);
        let range = self.starts[at] as usize..self.starts[at + 1] as usize;
        let tag = hash as u16;
        self.tags[range.clone()]
            .iter()
            .zip(&self.names[range])
            .filter(move |(known, _)| **known == tag)
            .map(|(_, name)| *name)
    }
}

fn bucket(hash: u64, bits: u32) -> usize {
    (hash >> (64 - bits)) as usize
}
