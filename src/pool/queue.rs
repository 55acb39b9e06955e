//! Who does what next: the state that all threads of a pool share, behind one lock.
//!
//! Queues hold numbers, and one map the jobs: a job that is cancelled leaves the map, and its number
//! is passed over when its turn comes. A text whose route is unknown waits in both queues, so that
//! writes keep their order; whoever reaches it first finds out.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::identity::FileId;
use super::job::{Control, Job, JobId};

/// More texts than this are forgotten, to be found out again.
const MOST_ROUTES: usize = 2000;
/// More readers than this are never held by streams and snapshots at a time.
pub const MOST_HELD: usize = 64;

/// Who executes a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// A reader.
    Read,
    /// The writer.
    Write,
}

/// A job that a thread has in hand.
struct Running {
    control: Arc<Control>,
    by_writer: bool,
}

/// The hash of a job's number, which nobody chooses.
#[derive(Default)]
struct OfNumber(u64);

impl Hasher for OfNumber {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u32(u32::from(byte));
        }
    }

    fn write_u32(&mut self, number: u32) {
        // Tables use the highest bits and the lowest ones. The factor is 2^64 divided by the golden ratio.
        let mixed = (self.0 ^ u64::from(number)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = mixed.rotate_left(32);
    }
}

/// Numbers of jobs: those that let others go first stand in the second list.
type Queue = [VecDeque<JobId>; 2];

/// What the writer does next.
pub enum ForWriter {
    /// Open the file.
    Open,
    /// Execute.
    Job(Job),
    /// Find out who executes this.
    Look(Job),
    /// Wait.
    Nothing,
    /// End.
    Stop,
}

/// What a reader does next.
pub enum ForReader {
    /// Execute.
    Job(Job),
    /// Find out who executes this.
    Look(Job),
    /// Wait.
    Nothing,
    /// End.
    Stop,
}

/// How many of what there are.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counts {
    /// Writers that run: one, or none.
    pub writers: usize,
    /// Of these, those that wait for work and that nobody has woken since: one, or none.
    pub idle_writers: usize,
    /// Readers that run and have not decided to end.
    pub readers: usize,
    /// Of these, waiting for work.
    pub idle: usize,
    /// Of these, kept by streams and snapshots.
    pub held: usize,
    /// Threads that run.
    pub threads: usize,
    /// Transactions in which several writes were committed.
    pub groups: u64,
    /// Writes that were committed by these.
    pub grouped: u64,
    /// Connections that were replaced because of a defect.
    pub replaced: u64,
}

/// Readers that are not needed, looked at for a stretch of time.
#[derive(Default)]
struct Spare {
    /// Since when.
    since: Option<Instant>,
    /// So many have had nothing to do for all of it.
    readers: usize,
}

/// The state.
#[derive(Default)]
pub struct State {
    jobs: HashMap<JobId, Job, BuildHasherDefault<OfNumber>>,
    reads: Queue,
    writes: Queue,
    lanes: HashMap<JobId, VecDeque<JobId>, BuildHasherDefault<OfNumber>>,
    /// Jobs whose route a reader is finding out.
    looking: HashSet<JobId>,
    running: BTreeMap<JobId, Running>,
    routes: HashMap<Arc<str>, Route>,
    /// Whether the writer has temporary tables, whose names only it knows.
    temporary: bool,
    /// Whether the writer has opened and configured the file.
    pub opened: bool,
    /// Whether everything ends.
    pub stopping: bool,
    /// Which file the writer has opened, where the system tells.
    pub file: Option<FileId>,
    spare: Spare,
    /// Counters.
    pub counts: Counts,
}

/// Where a new job went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placed {
    /// Only readers can take it.
    Readers,
    /// Only the writer can take it.
    Writer,
    /// Either finds out who takes it.
    Both,
    /// To the thread that has its lane.
    Lane,
}

impl State {
    /// Takes a job in. Gives it back if its lane has ended.
    pub fn add(&mut self, job: Job) -> Result<Placed, Box<Job>> {
        let id = job.id;
        if let Some(lane) = job.lane {
            let Some(queue) = self.lanes.get_mut(&lane) else { return Err(Box::new(job)) };
            queue.push_back(id);
            self.jobs.insert(id, job);
            return Ok(Placed::Lane);
        }
        let mut job = job;
        let list = usize::from(job.background);
        let placed = if job.work.holds_reader() && job.work.readable().is_none() {
            Placed::Readers
        } else {
            match job.work.readable() {
                None => Placed::Writer,
                Some(sql) => match self.routes.get(sql) {
                    Some(Route::Read) => Placed::Readers,
                    Some(Route::Write) => Placed::Writer,
                    None if self.temporary => Placed::Writer,
                    None => Placed::Both,
                },
            }
        };
        if matches!(job.work, super::job::Work::Begin { .. }) {
            self.lanes.insert(id, VecDeque::new());
        }
        if placed != Placed::Writer {
            self.reads[list].push_back(id);
        }
        if placed != Placed::Readers {
            self.writes[list].push_back(id);
            job.in_writes = true;
        }
        self.jobs.insert(id, job);
        Ok(placed)
    }

    /// Who executes a job, as far as that is known.
    fn route_of(&self, job: &Job) -> Option<Route> {
        if job.route.is_some() {
            return job.route;
        }
        match job.work.readable() {
            Some(sql) => self.routes.get(sql).copied(),
            None if job.work.holds_reader() => Some(Route::Read),
            None => Some(Route::Write),
        }
    }

    /// Remembers who executes a text.
    pub fn learn(&mut self, sql: &Arc<str>, route: Route) {
        if self.routes.len() >= MOST_ROUTES {
            self.routes.clear();
        }
        self.routes.insert(Arc::clone(sql), route);
    }

    /// The writer has made a temporary table or view, which may have the name of another one: from
    /// here on it executes everything.
    pub fn forget_routes(&mut self) {
        self.temporary = true;
        self.routes.clear();
    }

    /// Whether it has.
    pub fn has_temporary(&self) -> bool {
        self.temporary
    }

    /// The next job of the writer.
    pub fn next_for_writer(&mut self) -> ForWriter {
        if self.stopping {
            return ForWriter::Stop;
        }
        if !self.opened && !self.jobs.is_empty() {
            return ForWriter::Open;
        }
        for list in 0..self.writes.len() {
            while let Some(&id) = self.writes[list].front() {
                if self.looking.contains(&id) {
                    return ForWriter::Nothing;
                }
                self.writes[list].pop_front();
                let Some(mut job) = self.jobs.remove(&id) else { continue };
                match self.route_of(&job) {
                    Some(Route::Read) => {
                        // Found out meanwhile, by the same text. Readers have its number too.
                        job.in_writes = false;
                        self.jobs.insert(id, job);
                    }
                    Some(Route::Write) => {
                        self.start(&job, true);
                        return ForWriter::Job(job);
                    }
                    None => {
                        self.start(&job, true);
                        return ForWriter::Look(job);
                    }
                }
            }
        }
        ForWriter::Nothing
    }

    /// Whether the writer is to be woken, which its caller then does: it waits, and there may be something
    /// that it can do. Waking costs a system call also where nobody waits.
    pub fn wakes_writer(&mut self) -> bool {
        let has_work = self.stopping
            || (!self.opened && !self.jobs.is_empty())
            || self.writes.iter().any(|list| !list.is_empty());
        has_work && std::mem::take(&mut self.counts.idle_writers) > 0
    }

    /// The next job of the writer, if it is there and one that can share a transaction.
    pub fn next_in_group(&mut self) -> Option<Job> {
        while self.writes[0].front().is_some_and(|&id| self.is_passed(id)) {
            self.writes[0].pop_front();
        }
        let id = *self.writes[0].front()?;
        let job = self.jobs.get(&id)?;
        let shares = job.work.shares_transaction() && self.route_of(job) == Some(Route::Write);
        if self.stopping || !shares {
            return None;
        }
        self.writes[0].pop_front();
        let job = self.jobs.remove(&id)?;
        self.start(&job, true);
        Some(job)
    }

    /// Whether the job of this number was executed or cancelled.
    fn is_passed(&self, id: JobId) -> bool {
        !self.jobs.contains_key(&id) && !self.looking.contains(&id)
    }

    /// Whether writes wait.
    pub fn has_writes(&self) -> bool {
        !self.writes[0].is_empty()
    }

    /// Takes a job of the writer's back: it is the next one.
    pub fn put_back(&mut self, mut job: Job) {
        self.running.remove(&job.id);
        job.in_writes = true;
        self.writes[usize::from(job.background)].push_front(job.id);
        self.jobs.insert(job.id, job);
    }

    /// Hands a job that the writer has to readers: it is their next one. Fails with its number if it was cancelled
    /// meanwhile.
    pub fn give_to_readers(&mut self, mut job: Job) -> Result<(), JobId> {
        self.running.remove(&job.id);
        if job.control.is_cancelled() {
            return Err(job.id);
        }
        (job.route, job.in_writes) = (Some(Route::Read), false);
        self.reads[usize::from(job.background)].push_front(job.id);
        self.jobs.insert(job.id, job);
        Ok(())
    }

    /// Hands a job that a reader cannot execute to the writer. Fails with its number if it was cancelled
    /// meanwhile: who cancels has found it in hand, and does not come again while it waits.
    pub fn give_to_writer(&mut self, mut job: Job) -> Result<(), JobId> {
        self.running.remove(&job.id);
        self.looking.remove(&job.id);
        if job.control.is_cancelled() {
            return Err(job.id);
        }
        job.route = Some(Route::Write);
        if !std::mem::replace(&mut job.in_writes, true) {
            self.writes[usize::from(job.background)].push_back(job.id);
        }
        self.jobs.insert(job.id, job);
        Ok(())
    }

    /// The next job of a reader. `readers` are wanted at least.
    pub fn next_for_reader(&mut self, readers: usize) -> ForReader {
        if self.stopping {
            return ForReader::Stop;
        }
        if !self.opened {
            return ForReader::Nothing;
        }
        for list in 0..self.reads.len() {
            let mut position = 0;
            while let Some(&id) = self.reads[list].get(position) {
                let Some(job) = self.jobs.get(&id) else {
                    self.reads[list].remove(position);
                    continue;
                };
                if job.work.holds_reader() && self.counts.held >= MOST_HELD {
                    position += 1;
                    continue;
                }
                let route = self.route_of(job);
                self.reads[list].remove(position);
                if route == Some(Route::Write) {
                    continue;
                }
                let Some(job) = self.jobs.remove(&id) else { continue };
                self.start(&job, false);
                if job.work.holds_reader() {
                    self.counts.held += 1;
                }
                if route.is_some() {
                    return ForReader::Job(job);
                }
                self.looking.insert(id);
                return ForReader::Look(job);
            }
        }
        // Streams and snapshots have others started in their place.
        if self.counts.readers > readers + self.counts.held {
            return ForReader::Stop;
        }
        ForReader::Nothing
    }

    /// A reader begins to wait. Answers for how long it is to wait where readers that had nothing to do
    /// for `limit` end.
    pub fn idle(&mut self, limit: Duration) -> Duration {
        let now = Instant::now();
        self.counts.idle += 1;
        if self.counts.idle == 1 || self.spare.since.is_none() {
            self.spare = Spare { since: Some(now), readers: self.counts.idle };
        }
        let waited = self.spare.since.map_or(Duration::ZERO, |since| now - since);
        limit.saturating_sub(waited)
    }

    /// A reader has got something to do.
    pub fn busy(&mut self) {
        self.spare.readers = self.spare.readers.min(self.counts.idle);
    }

    /// Whether a reader that has waited in vain is to end: nobody has needed it for `limit`.
    pub fn is_spare(&mut self, limit: Duration) -> bool {
        let now = Instant::now();
        if self.spare.since.is_none_or(|since| now - since < limit) {
            return false;
        }
        if self.spare.readers > 0 {
            self.spare.readers -= 1;
            return true;
        }
        // It and those that wait are looked at from here on.
        self.spare = Spare { since: Some(now), readers: self.counts.idle + 1 };
        false
    }

    /// Takes out the jobs that wait and that only a reader can execute.
    pub fn take_reads(&mut self) -> Vec<Job> {
        let waiting = self.reads.iter().flatten();
        let ids: Vec<JobId> = waiting
            .filter(|id| {
                self.jobs.get(id).is_some_and(|job| self.route_of(job) == Some(Route::Read))
            })
            .copied()
            .collect();
        ids.iter().filter_map(|&id| self.cancel(id).ok()).collect()
    }

    /// A reader has found out that it executes this job.
    pub fn looked(&mut self, id: JobId) {
        self.looking.remove(&id);
    }

    /// The next job of a lane.
    pub fn next_in_lane(&mut self, lane: JobId) -> Option<Job> {
        while let Some(id) = self.lanes.get_mut(&lane).and_then(VecDeque::pop_front) {
            if let Some(job) = self.jobs.remove(&id) {
                self.start(&job, false);
                return Some(job);
            }
        }
        None
    }

    /// Ends a lane, and gives the jobs that it has left.
    pub fn end_lane(&mut self, lane: JobId) -> Vec<Job> {
        let left = self.lanes.remove(&lane).unwrap_or_default();
        left.into_iter().filter_map(|id| self.jobs.remove(&id)).collect()
    }

    fn start(&mut self, job: &Job, by_writer: bool) {
        self.running.insert(job.id, Running { control: Arc::clone(&job.control), by_writer });
    }

    /// A job is done.
    pub fn finish(&mut self, id: JobId) {
        self.running.remove(&id);
    }

    /// Takes a waiting job out, or gives the control of one that runs.
    pub fn cancel(&mut self, id: JobId) -> Result<Job, Option<Arc<Control>>> {
        match self.jobs.remove(&id) {
            Some(job) => {
                self.lanes.remove(&id);
                Ok(job)
            }
            None => Err(self.control(id)),
        }
    }

    /// Takes out all jobs that wait.
    pub fn take_all(&mut self) -> Vec<Job> {
        let mut jobs: Vec<Job> = self.jobs.drain().map(|(_, job)| job).collect();
        jobs.sort_by_key(|job| job.since);
        for list in self.reads.iter_mut().chain(&mut self.writes) {
            list.clear();
        }
        for job in &jobs {
            self.lanes.remove(&job.id);
        }
        jobs
    }

    /// Takes out those jobs of the writer that came before `time`.
    pub fn take_writes_before(&mut self, time: Instant) -> Vec<Job> {
        let mut taken = Vec::new();
        while let Some(job) = self.next_in_group() {
            if job.since >= time {
                self.put_back(job);
                break;
            }
            taken.push(job);
        }
        taken
    }

    /// The jobs that the writer has in hand, when it has lost them.
    pub fn take_running_writes(&mut self) -> Vec<JobId> {
        let writes = self.running.iter().filter(|(_, running)| running.by_writer);
        let ids: Vec<JobId> = writes.map(|(&id, _)| id).collect();
        for id in &ids {
            self.running.remove(id);
        }
        ids
    }

    /// The control of a job that runs.
    pub fn control(&self, id: JobId) -> Option<Arc<Control>> {
        self.running.get(&id).map(|running| Arc::clone(&running.control))
    }

    /// The controls of what runs.
    pub fn running(&self) -> impl Iterator<Item = &Arc<Control>> {
        self.running.values().map(|running| &running.control)
    }

    /// How many jobs wait and how many run.
    pub fn load(&self) -> (usize, usize) {
        (self.jobs.len(), self.running.len())
    }

    /// How many numbers wait for readers.
    pub fn reads_waiting(&self) -> usize {
        self.reads.iter().map(VecDeque::len).sum()
    }
}
