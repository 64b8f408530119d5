//! Plays the market and tells of it.

use crate::acts::Act;
use crate::failure::{Context, Result};
use crate::units::{DAY, HOUR, MINUTE};
use crate::world::World;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How far in the past the network starts, so that its clock ends up at the reader's.
pub const SPAN: i64 = 4 * DAY;

/// Seconds by which the network's clock may trail the machine's.
const DRIFT: i64 = 10;
/// How often the network is looked after.
const BEAT: Duration = Duration::from_millis(500);

/// Plays these acts, telling one line of each, and rests for `pace` after each.
pub fn play(world: &mut World, acts: &[Act], pace: Duration, tell: &mut dyn FnMut(&str)) -> Result<()> {
    for (index, act) in acts.iter().enumerate() {
        let outcome = (act.play)(world).context(format!("in the act \"{}\"", act.title))?;
        world.chain.confirm().context(format!("in the act \"{}\"", act.title))?;
        let number = index.saturating_add(1);
        let when = elapsed(world.now()?.saturating_sub(world.started()));
        tell(&format!("[{number:>2} of {}]  {when}  {}: {outcome}", acts.len(), act.title));
        std::thread::sleep(pace);
    }
    Ok(())
}

/// Keeps prices fresh, and the network's clock at the machine's, until `stop` is set.
pub fn hold(world: &mut World, stop: &AtomicBool) -> Result<()> {
    while !stop.load(Ordering::Relaxed) {
        let wall = wall_clock()?;
        // Slots take slightly longer than they count for, so the clock falls behind.
        if wall.saturating_sub(world.now()?) > DRIFT {
            world.until(wall)?;
        }
        world.refresh()?;
        std::thread::sleep(BEAT);
    }
    Ok(())
}

/// Unix seconds of the machine's clock.
pub fn wall_clock() -> Result<i64> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).context("the machine's clock is before 1970")?;
    i64::try_from(since.as_secs()).context("the machine's clock is past its end")
}

/// `day 2 03:12`, counted from the network's start.
fn elapsed(seconds: i64) -> String {
    let part = |of: i64, by: i64| of.checked_div(by).unwrap_or(0);
    let rest = |of: i64, by: i64| of.checked_rem(by).unwrap_or(0);
    let (day, left) = (part(seconds, DAY), rest(seconds, DAY));
    let (hour, minute) = (part(left, HOUR), part(rest(left, HOUR), MINUTE));
    format!("day {day} {hour:02}:{minute:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elapsed_time_is_told_in_days_hours_and_minutes() {
        assert_eq!(elapsed(0), "day 0 00:00");
        assert_eq!(elapsed(2 * DAY + 3 * HOUR + 12 * MINUTE + 59), "day 2 03:12");
    }
}
