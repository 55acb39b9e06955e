//! For how long snapshots have been there, as far as looking now and then can tell.

use std::time::Duration;

use super::policy::{Log, Snapshot};
use crate::sqlite::WalReader;

/// A snapshot that was there at every look since the first.
#[derive(Debug, Clone)]
pub struct Sighting {
    /// Who has it.
    pub reader: WalReader,
    /// When it was seen for the first time.
    since: Duration,
    /// Since when it has held the log, if it does.
    holds_since: Option<Duration>,
}

impl Sighting {
    /// For how long it has held the log at least, if it does.
    pub fn held(&self, now: Duration) -> Option<Duration> {
        self.holds_since.map(|since| now.saturating_sub(since))
    }

    fn snapshot(&self, now: Duration) -> Snapshot {
        Snapshot {
            slot: self.reader.slot,
            frame: self.reader.frame,
            age: now.saturating_sub(self.since),
            held: self.held(now).unwrap_or_default(),
        }
    }
}

/// The snapshots of the last look.
#[derive(Debug, Clone, Default)]
pub struct Sightings(pub Vec<Sighting>);

impl Sightings {
    /// Takes note of who reads.
    ///
    /// One that ended between two looks, and whose connection has begun another in the same slot at the
    /// same frame, counts as the same. While nothing is written that happens often, and such a
    /// snapshot holds nothing; once something is, a new one has another frame.
    pub fn look(&mut self, now: Duration, log: &Log, readers: Vec<WalReader>) {
        let earlier = std::mem::take(&mut self.0);
        let sight = |reader: WalReader| {
            let known = earlier.iter().find(|one| one.reader == reader);
            let mut sighting = Sighting {
                since: known.map_or(now, |one| one.since),
                holds_since: known.and_then(|one| one.holds_since),
                reader,
            };
            let holds = sighting.snapshot(now).holds(log);
            sighting.holds_since = holds.then(|| sighting.holds_since.unwrap_or(now));
            sighting
        };
        self.0 = readers.into_iter().map(sight).collect();
    }

    /// What a [`Policy`](super::policy::Policy) asks for.
    pub fn snapshots(&self, now: Duration) -> Vec<Snapshot> {
        self.0.iter().map(|one| one.snapshot(now)).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::policy::Log;
    use super::Sightings;
    use crate::sqlite::{WalReader, WhoReads};

    const SECOND: Duration = Duration::from_secs(1);

    fn reader(slot: u32, frame: u32) -> WalReader {
        WalReader { slot, frame, who: WhoReads::Process(Some(7)) }
    }

    fn log(frames: u32) -> Log {
        Log { frames, copied: 10, bytes: 0 }
    }

    #[test]
    fn the_age_of_a_snapshot_counts_from_the_first_look() {
        let mut sightings = Sightings::default();
        for second in 1..4 {
            sightings.look(SECOND * second, &log(10), vec![reader(1, 10)]);
        }
        assert_eq!(sightings.snapshots(SECOND * 3)[0].age, SECOND * 2);
        sightings.look(SECOND * 4, &log(10), vec![]);
        sightings.look(SECOND * 5, &log(10), vec![reader(1, 10)]);
        assert_eq!(sightings.snapshots(SECOND * 5)[0].age, Duration::ZERO);
    }

    #[test]
    fn a_snapshot_holds_the_log_from_the_first_write_on() {
        for held in [reader(1, 10), reader(0, 0)] {
            let mut sightings = Sightings::default();
            sightings.look(SECOND, &log(10), vec![held.clone()]);
            assert_eq!(sightings.0[0].held(SECOND), None);
            sightings.look(SECOND * 5, &log(11), vec![held.clone()]);
            sightings.look(SECOND * 8, &log(90), vec![held]);
            assert_eq!(sightings.0[0].held(SECOND * 8), Some(SECOND * 3));
        }
    }

    #[test]
    fn another_frame_is_another_snapshot() {
        let mut sightings = Sightings::default();
        sightings.look(SECOND, &log(20), vec![reader(1, 10)]);
        sightings.look(SECOND * 9, &log(20), vec![reader(1, 11)]);
        assert_eq!(sightings.snapshots(SECOND * 9)[0].age, Duration::ZERO);
    }
}
