use std::time::Duration;

use super::{Action, Alarm, Done, Limits, Log, Policy, Snapshot};

const SECOND: Duration = Duration::from_secs(1);
const WAIT: Duration = Duration::from_millis(100);

fn limits() -> Limits {
    Limits {
        passive_frames: 1000,
        passive_interval: 60 * SECOND,
        truncate_bytes: 64_000_000,
        max_bytes: 256_000_000,
        idle: 5 * SECOND,
        idle_truncate_bytes: 4_000_000,
        busy_timeout: WAIT,
        snapshot_age: 30 * SECOND,
    }
}

fn log(frames: u32, copied: u32) -> Log {
    Log { frames, copied, bytes: u64::from(frames) * 4120 }
}

fn snapshot(slot: u32, frame: u32, age: Duration) -> Snapshot {
    Snapshot { slot, frame, age, held: age }
}

fn done(action: Action, finished: bool, copied: bool) -> Done {
    Done { action, finished, copied, missed_lock: false, bytes: 80_000_000 }
}

fn decide(policy: &mut Policy, now: Duration, log: Log, readers: &[Snapshot]) -> Option<Action> {
    policy.decide(&limits(), now, &log, || Some(readers.to_vec()))
}

#[test]
fn a_passive_checkpoint_comes_by_pages() {
    let mut policy = Policy::default();
    assert_eq!(decide(&mut policy, SECOND, log(999, 0), &[]), None);
    assert_eq!(decide(&mut policy, SECOND, log(1000, 0), &[]), Some(Action::Passive));
    assert_eq!(decide(&mut policy, SECOND, log(1999, 1000), &[]), None);
}

#[test]
fn a_passive_checkpoint_comes_by_time_where_something_was_written() {
    let mut policy = Policy::default();
    assert_eq!(decide(&mut policy, 60 * SECOND, log(1, 1), &[]), None);
    assert_eq!(decide(&mut policy, 60 * SECOND, log(2, 1), &[]), Some(Action::Passive));
    policy.done(&limits(), 60 * SECOND, done(Action::Passive, true, true));
    assert_eq!(decide(&mut policy, 61 * SECOND, log(3, 2), &[]), None);
}

#[test]
fn readers_are_not_asked_for_where_nothing_is_to_be_done() {
    let mut policy = Policy::default();
    assert_eq!(policy.decide(&limits(), SECOND, &log(10, 0), || panic!("asked")), None);
}

#[test]
fn nothing_is_copied_where_a_snapshot_leaves_nothing_to_copy() {
    let mut policy = Policy::default();
    let held = [snapshot(1, 500, SECOND)];
    assert_eq!(decide(&mut policy, SECOND, log(2000, 500), &held), None);
    assert_eq!(decide(&mut policy, SECOND, log(2000, 499), &held), Some(Action::Passive));
    let in_slot_0 = [snapshot(0, 0, SECOND)];
    assert_eq!(decide(&mut policy, SECOND, log(2000, 0), &in_slot_0), None);
}

#[test]
fn a_large_log_is_truncated_under_load() {
    let mut policy = Policy::default();
    let short = [snapshot(2, 19_999, WAIT / 2)];
    let large = log(20_000, 19_000);
    assert_eq!(decide(&mut policy, SECOND, large, &short), Some(Action::Truncate(WAIT)));
}

#[test]
fn writers_do_not_wait_where_an_old_snapshot_makes_it_vain() {
    let mut policy = Policy::default();
    let held = [snapshot(1, 5000, SECOND)];
    assert_eq!(decide(&mut policy, SECOND, log(20_000, 4000), &held), Some(Action::Passive));
    assert_eq!(decide(&mut policy, SECOND, log(20_000, 5000), &held), None);
}

#[test]
fn a_truncation_that_failed_waits_longer_the_next_time_and_pauses_ten_times_as_long() {
    let mut policy = Policy::default();
    let large = log(20_000, 20_000);
    let mut now = SECOND;
    let mut waits = Vec::new();
    for _ in 0..6 {
        let Some(Action::Truncate(wait)) = decide(&mut policy, now, large, &[]) else {
            panic!("no truncation")
        };
        waits.push(wait.as_millis());
        policy.done(&limits(), now, done(Action::Truncate(wait), false, false));
        let pause = wait * 10;
        assert_eq!(decide(&mut policy, now + pause / 2, large, &[]), None);
        now += pause;
    }
    assert_eq!(waits, [100, 200, 400, 800, 1000, 1000]);
    policy.done(&limits(), now, done(Action::Truncate(WAIT), true, true));
    assert_eq!(
        decide(&mut policy, now + SECOND, large, &[]),
        Some(Action::Truncate(WAIT)),
        "the wait begins anew"
    );
}

#[test]
fn a_log_over_half_of_its_limit_is_worth_longer_waits_and_shorter_pauses() {
    let mut policy = Policy::default();
    let large = log(32_000, 32_000);
    let long = Action::Truncate(WAIT * 10);
    let held = [snapshot(1, 31_000, WAIT * 9)];
    assert_eq!(decide(&mut policy, SECOND, large, &held), Some(long));
    let failed = Done { bytes: large.bytes, ..done(long, false, true) };
    policy.done(&limits(), SECOND, failed);
    assert_eq!(decide(&mut policy, SECOND * 2, large, &[]), None);
    assert_eq!(decide(&mut policy, SECOND * 3, large, &[]), Some(long));
}

#[test]
fn a_truncation_that_kept_no_writer_waiting_is_tried_again_at_once() {
    let mut policy = Policy::default();
    let large = log(20_000, 19_000);
    let action = Action::Truncate(WAIT);
    policy.done(&limits(), SECOND, Done { missed_lock: true, ..done(action, false, true) });
    assert_eq!(decide(&mut policy, SECOND, large, &[]), Some(action));
}

#[test]
fn a_quiet_moment_gives_the_space_back() {
    let mut policy = Policy::default();
    let used = log(1500, 1500);
    assert_eq!(decide(&mut policy, SECOND, used, &[]), None);
    assert_eq!(decide(&mut policy, 6 * SECOND, used, &[]), Some(Action::Truncate(WAIT)));
    policy.done(&limits(), 6 * SECOND, done(Action::Truncate(WAIT), true, true));
    assert_eq!(decide(&mut policy, 20 * SECOND, Log::default(), &[]), None);
}

#[test]
fn a_small_log_stays_for_the_next_writer() {
    let mut policy = Policy::default();
    assert_eq!(decide(&mut policy, SECOND, log(900, 900), &[]), None);
    assert_eq!(decide(&mut policy, 50 * SECOND, log(900, 900), &[]), None);
}

#[test]
fn a_checkpoint_without_effect_is_not_repeated_at_once_where_readers_are_not_known() {
    let mut policy = Policy::default();
    let unknown = |policy: &mut Policy, now| policy.decide(&limits(), now, &log(2000, 0), || None);
    assert_eq!(unknown(&mut policy, SECOND), Some(Action::Passive));
    policy.done(&limits(), SECOND, done(Action::Passive, true, false));
    assert_eq!(unknown(&mut policy, SECOND + WAIT), None);
    assert_eq!(unknown(&mut policy, 2 * SECOND), Some(Action::Passive));
}

#[test]
fn a_snapshot_that_holds_the_log_is_warned_of_when_it_is_old_and_again_when_twice_as_old() {
    let mut policy = Policy::default();
    let mut alarm = |age| policy.alarm(&limits(), &log(5000, 0), &[snapshot(1, 10, age * SECOND)]);
    assert_eq!(alarm(29), None);
    assert_eq!(alarm(30), Some(Alarm::Held));
    assert_eq!(alarm(59), None);
    assert_eq!(alarm(60), Some(Alarm::Held));
    assert_eq!(alarm(1), None);
    assert_eq!(alarm(31), Some(Alarm::Held));
}

#[test]
fn an_old_snapshot_that_holds_next_to_nothing_is_not_warned_of() {
    let mut policy = Policy::default();
    let old = [snapshot(1, 10, 600 * SECOND)];
    assert_eq!(policy.alarm(&limits(), &log(10, 10), &old), None);
    assert_eq!(policy.alarm(&limits(), &log(20, 10), &old), None);
}

#[test]
fn a_log_over_its_limit_is_warned_of_once_until_it_has_doubled() {
    let mut policy = Policy::default();
    let mut alarm = |bytes: u64| {
        policy.alarm(&limits(), &Log { frames: 1, copied: 1, bytes: bytes * 1_000_000 }, &[])
    };
    assert_eq!(alarm(256), None);
    assert_eq!(alarm(257), Some(Alarm::OverLimit));
    assert_eq!(alarm(400), None);
    assert_eq!(alarm(514), Some(Alarm::OverLimit));
    assert_eq!(alarm(1), None);
    assert_eq!(alarm(300), Some(Alarm::OverLimit));
}
