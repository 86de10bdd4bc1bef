//! Many small random numbers at once: a picture takes tens of thousands, too many to ask the system for one by one.

use crate::random::Random;

/// Draws numbers from a [`Random`], some kilobytes ahead.
pub(super) struct Draws<'a> {
    random: &'a dyn Random,
    ahead: Box<[u8; 4096]>,
    used: usize,
}

impl<'a> Draws<'a> {
    pub(super) fn from(random: &'a dyn Random) -> Self {
        let ahead = Box::new([0; 4096]);
        Self { random, used: ahead.len(), ahead }
    }

    fn byte(&mut self) -> u8 {
        if self.used == self.ahead.len() {
            self.random.fill(self.ahead.as_mut_slice());
            self.used = 0;
        }
        self.used += 1;
        self.ahead[self.used - 1]
    }

    /// A number from `low` up to but not including `high`, in 65,536 steps: fine enough for what is seen and heard.
    pub(super) fn between(&mut self, low: f32, high: f32) -> f32 {
        let drawn = u16::from_le_bytes([self.byte(), self.byte()]);
        low + (high - low) * f32::from(drawn) / 65_536.0
    }
}
