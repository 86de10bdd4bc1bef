//! Follows the frames of one direction of a WebSocket (RFC 6455, section 5.2), to know where one may be put between them.
//!
//! Judges nothing: what is no WebSocket seems to be in the midst of a frame for ever, or now and then between two.

/// A frame's first bytes at their longest: two, eight of a length, four of a mask.
const LONGEST: usize = 14;
/// The kind of a frame that ends a WebSocket.
const CLOSE: u8 = 0x8;

/// Where in the frames a direction is.
#[derive(Debug, Default)]
pub(super) struct Frames {
    head: [u8; LONGEST],
    /// How much of the head is there.
    read: usize,
    /// What is to come of the payload once the head is whole.
    payload: u64,
    /// Whether the frame under way is the last.
    closing: bool,
    closed: bool,
}

impl Frames {
    /// Follows `bytes`, which come next.
    pub(super) fn feed(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if self.payload > 0 {
                let count = usize::try_from(self.payload).unwrap_or(usize::MAX).min(bytes.len());
                self.payload -= count as u64;
                bytes = &bytes[count..];
            } else {
                self.head[self.read] = bytes[0];
                self.read += 1;
                bytes = &bytes[1..];
                if self.read == 2 {
                    self.closing = self.head[0] & 0xf == CLOSE;
                }
                if self.read >= 2 && self.read == self.length_of_head() {
                    self.payload = self.length_of_payload();
                    self.read = 0;
                }
            }
            self.closed |= self.closing && self.is_between();
        }
    }

    /// Whether a frame has ended, and no other has begun.
    pub(super) const fn is_between(&self) -> bool {
        self.read == 0 && self.payload == 0
    }

    /// Whether the last frame has passed.
    pub(super) const fn are_closed(&self) -> bool {
        self.closed
    }

    const fn length_of_head(&self) -> usize {
        let length = match self.head[1] & 0x7f {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        let mask = if self.head[1] & 0x80 == 0 { 0 } else { 4 };
        2 + length + mask
    }

    fn length_of_payload(&self) -> u64 {
        let written = match self.head[1] & 0x7f {
            126 => &self.head[2..4],
            127 => &self.head[2..10],
            short => return u64::from(short),
        };
        written.iter().fold(0, |length, &byte| length << 8 | u64::from(byte))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn frame(kind: u8, length: usize, masked: bool) -> Vec<u8> {
        let mask = if masked { 0x80 } else { 0 };
        let mut frame = vec![0x80 | kind];
        match u16::try_from(length) {
            Ok(short @ 0..126) => frame.push(mask | short as u8),
            Ok(length) => {
                frame.push(mask | 126);
                frame.extend(length.to_be_bytes());
            }
            Err(_) => {
                frame.push(mask | 127);
                frame.extend((length as u64).to_be_bytes());
            }
        }
        frame.extend([1, 2, 3, 4].iter().filter(|_| masked));
        frame.extend(std::iter::repeat_n(0x88, length));
        frame
    }

    proptest! {
        #[test]
        fn frames_are_followed_however_they_are_cut(
            frames in prop::collection::vec((prop::sample::select(vec![0_u8, 1, 2, 9, 10]), 0_usize..70_000, any::<bool>()), 1..5),
            cuts in prop::collection::vec(1_usize..5000, 1..20),
        ) {
            let mut ends = vec![0];
            let mut bytes = Vec::new();
            for (kind, length, masked) in frames {
                bytes.extend(frame(kind, length, masked));
                ends.push(bytes.len());
            }
            bytes.extend(frame(CLOSE, 2, true));
            let (mut seen, mut at) = (Frames::default(), 0);
            let mut cuts = cuts.into_iter().cycle();
            while at < bytes.len() {
                let next = bytes.len().min(at + cuts.next().unwrap());
                seen.feed(&bytes[at..next]);
                at = next;
                prop_assert_eq!(seen.is_between(), ends.contains(&at) || at == bytes.len());
                prop_assert_eq!(seen.are_closed(), at == bytes.len());
            }
        }

        #[test]
        fn nonsense_harms_nobody(bytes in prop::collection::vec(any::<u8>(), 0..500)) {
            Frames::default().feed(&bytes);
        }
    }
}
