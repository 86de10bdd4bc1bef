//! The characters of a captcha, as ink.
//!
//! They come from the `captcha` crate. It is asked for one known character at a time, so its own generator decides nothing;
//! text and distortion are drawn from our [`crate::random::Random`].

use std::io::Cursor;

use captcha::{Captcha, Geometry};

/// Capitals and digits that neither the eye nor the ear takes for another: no 0 O Q D, 1 I L, 2 Z, 5 S, 8 B, U V, C G, M N, and
/// of the letters that rhyme (B C D E G P T V Z) only P and T. W is as wide as two.
pub(super) const ALPHABET: [char; 17] =
    ['A', 'F', 'H', 'J', 'K', 'N', 'P', 'R', 'T', 'X', 'Y', '3', '4', '5', '6', '7', '9'];

/// A character as ink on paper.
pub(super) struct Glyph {
    pub(super) width: usize,
    pub(super) height: usize,
    /// Row by row, 0.0 for paper and 1.0 for ink.
    pub(super) ink: Vec<f32>,
}

impl Glyph {
    /// The glyph of `character`; `None` if the crate has none.
    pub(super) fn of(character: char) -> Option<Self> {
        let mut drawn = Captcha::new();
        drawn.set_chars(&[character]).add_char();
        let area = drawn.text_area();
        let png = drawn.extract(Geometry::new(area.left, area.right + 1, area.top, area.bottom + 1)).as_png()?;
        let mut decoder = png::Decoder::new(Cursor::new(png));
        decoder.set_transformations(png::Transformations::EXPAND);
        let mut reader = decoder.read_info().ok()?;
        let mut pixels = vec![0; reader.output_buffer_size()];
        let info = reader.next_frame(&mut pixels).ok()?;
        let (width, height) = (info.width as usize, info.height as usize);
        // Black on white in grey or in colour: the first channel tells.
        let channels = info.color_type.samples();
        let ink = pixels[..info.buffer_size()].chunks_exact(channels).map(|pixel| 1.0 - f32::from(pixel[0]) / 255.0);
        let glyph = Self { width, height, ink: ink.collect() };
        (drawn.chars() == [character] && glyph.ink.iter().any(|ink| *ink > 0.5)).then_some(glyph)
    }

    /// The ink at a point between pixels; paper outside.
    pub(super) fn at(&self, x: f32, y: f32) -> f32 {
        let (left, top) = (x.floor(), y.floor());
        let (right_share, bottom_share) = (x - left, y - top);
        let pixel = |dx: f32, dy: f32| self.pixel(left + dx, top + dy);
        let upper = pixel(0.0, 0.0) * (1.0 - right_share) + pixel(1.0, 0.0) * right_share;
        let lower = pixel(0.0, 1.0) * (1.0 - right_share) + pixel(1.0, 1.0) * right_share;
        upper * (1.0 - bottom_share) + lower * bottom_share
    }

    fn pixel(&self, x: f32, y: f32) -> f32 {
        let inside = x >= 0.0 && y >= 0.0 && x < self.width as f32 && y < self.height as f32;
        if inside { self.ink[y as usize * self.width + x as usize] } else { 0.0 }
    }
}
