//! Draws a captcha: readable for a person, costly for a program.
//!
//! What programs rely on is taken from them: each character is turned, leant, sized and shifted by itself and touches its
//! neighbours (no cutting apart), lines of the same ink run through them and a line of paper breaks them (no tracing), the whole
//! is bent in two directions (no templates), and noise lies over it.

use std::f32::consts::TAU;

use super::draws::Draws;
use super::glyphs::Glyph;

/// Pixels from left to right.
pub(super) const WIDTH: usize = 260;
/// Pixels from top to bottom.
pub(super) const HEIGHT: usize = 80;

/// Pixels that are left free on both sides.
const MARGIN: f32 = 18.0;

/// Ink on paper: 0.0 to 1.0 for each pixel, row by row.
struct Sheet(Vec<f32>);

/// A picture of `glyphs` as PNG (16 greys).
///
/// # Errors
/// The encoder's, which writing to memory does not cause.
pub(super) fn draw(glyphs: &[&Glyph], draws: &mut Draws<'_>) -> Result<Vec<u8>, png::EncodingError> {
    let mut sheet = Sheet(vec![0.0; WIDTH * HEIGHT]);
    let slot = (WIDTH as f32 - 2.0 * MARGIN) / glyphs.len() as f32;
    for (number, glyph) in glyphs.iter().enumerate() {
        let x = MARGIN + slot * (number as f32 + 0.5) + draws.between(-2.5, 2.5);
        let y = HEIGHT as f32 / 2.0 + draws.between(-7.0, 7.0);
        sheet.stamp(glyph, (x, y), draws);
    }
    for _ in 0..2 {
        let thickness = draws.between(0.5, 0.9);
        sheet.line(thickness, 1.0, draws);
    }
    sheet.line(0.6, 0.0, draws);
    encode(&sheet.bent(draws).greys(draws))
}

impl Sheet {
    /// Puts a glyph with its middle at `(x, y)`, turned, leant and sized at random.
    fn stamp(&mut self, glyph: &Glyph, (x, y): (f32, f32), draws: &mut Draws<'_>) {
        let (sin, cos) = draws.between(-0.3, 0.3).sin_cos();
        let lean = draws.between(-0.2, 0.2);
        let (wide, tall) = (draws.between(0.9, 1.15), draws.between(0.95, 1.2));
        let (middle_x, middle_y) = (glyph.width as f32 / 2.0, glyph.height as f32 / 2.0);
        let reach = (glyph.width.max(glyph.height) as f32).ceil();
        self.each_within((x - reach, x + reach), (y - reach, y + reach), |px, py, ink| {
            let (dx, dy) = (px - x, py - y);
            // Backwards from the pixel to where in the glyph it comes from.
            let (turned_x, turned_y) = (cos * dx + sin * dy, cos * dy - sin * dx);
            let from_glyph = glyph.at((turned_x + lean * turned_y) / wide + middle_x, turned_y / tall + middle_y);
            ink.max(from_glyph)
        });
    }

    /// A wavy line of `ink` from side to side.
    fn line(&mut self, thickness: f32, ink: f32, draws: &mut Draws<'_>) {
        let height = HEIGHT as f32;
        let (middle, swing) = (draws.between(height * 0.3, height * 0.7), draws.between(5.0, 15.0));
        let (period, phase) = (draws.between(90.0, 260.0), draws.between(0.0, TAU));
        self.each_within((0.0, WIDTH as f32), (0.0, height), |x, y, present| {
            let off = (y - middle - swing * (x / period * TAU + phase).sin()).abs();
            let share = (thickness + 0.5 - off).clamp(0.0, 1.0);
            present * (1.0 - share) + ink * share
        });
    }

    /// Changes the pixels whose coordinates lie in both ranges and on the sheet.
    fn each_within(
        &mut self,
        (left, right): (f32, f32),
        (top, bottom): (f32, f32),
        change: impl Fn(f32, f32, f32) -> f32,
    ) {
        // Negative numbers become 0.
        for y in top as usize..(bottom as usize).min(HEIGHT) {
            for x in left as usize..(right as usize).min(WIDTH) {
                let pixel = &mut self.0[y * WIDTH + x];
                *pixel = change(x as f32, y as f32, *pixel);
            }
        }
    }

    /// The sheet bent by a wave in each direction.
    fn bent(&self, draws: &mut Draws<'_>) -> Self {
        let mut wave = |swing: (f32, f32), period: (f32, f32)| {
            let (swing, period) = (draws.between(swing.0, swing.1), draws.between(period.0, period.1));
            let phase = draws.between(0.0, TAU);
            move |at: f32| swing * (at / period * TAU + phase).sin()
        };
        let (sideways, upwards) = (wave((1.5, 3.0), (35.0, 60.0)), wave((2.0, 4.5), (55.0, 110.0)));
        let mut bent = Self(vec![0.0; WIDTH * HEIGHT]);
        bent.each_within((0.0, WIDTH as f32), (0.0, HEIGHT as f32), |x, y, _| self.at(x + sideways(y), y + upwards(x)));
        bent
    }

    /// The nearest pixel's ink; paper outside.
    fn at(&self, x: f32, y: f32) -> f32 {
        let inside = x >= 0.0 && y >= 0.0 && x < WIDTH as f32 && y < HEIGHT as f32;
        if inside { self.0[y as usize * WIDTH + x as usize] } else { 0.0 }
    }

    /// Greys from 0 (black) to 15 (white), with noise.
    fn greys(&self, draws: &mut Draws<'_>) -> Vec<u8> {
        let (paper, black) = (draws.between(12.5, 14.0), draws.between(1.0, 4.0));
        let grey = |ink: &f32| {
            // A few pixels change sides altogether.
            let ink = if draws.between(0.0, 1.0) < 0.02 { 1.0 - ink } else { *ink };
            (paper - ink * (paper - black) + draws.between(-1.5, 1.5)).round() as u8
        };
        self.0.iter().map(grey).collect()
    }
}

fn encode(greys: &[u8]) -> Result<Vec<u8>, png::EncodingError> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, WIDTH as u32, HEIGHT as u32);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Four);
    let pairs: Vec<u8> = greys.chunks_exact(2).map(|pair| pair[0].min(15) << 4 | pair[1].min(15)).collect();
    encoder.write_header()?.write_image_data(&pairs)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::captcha::glyphs::ALPHABET;
    use crate::random::SeededRandom;

    fn picture(text: &str, seed: u64) -> Vec<u8> {
        let glyphs: Vec<Glyph> = text.chars().map(|c| Glyph::of(c).expect("drawn")).collect();
        let random = SeededRandom::new(seed);
        draw(&glyphs.iter().collect::<Vec<_>>(), &mut Draws::from(&random)).expect("encoded")
    }

    #[test]
    fn every_character_of_the_alphabet_can_be_drawn() {
        assert!(ALPHABET.into_iter().all(|c| Glyph::of(c).is_some()));
        assert!(Glyph::of('0').is_none(), "the crate has none, and says so");
    }

    #[test]
    fn the_picture_is_a_png_of_a_constant_size_and_not_large() {
        let png = picture("AFHK37", 1);
        let reader = png::Decoder::new(std::io::Cursor::new(&png)).read_info().expect("a PNG");
        assert_eq!((reader.info().width, reader.info().height), (WIDTH as u32, HEIGHT as u32));
        assert!(png.len() < 16 * 1024, "{}", png.len());
    }

    #[test]
    fn the_same_text_never_looks_the_same() {
        assert_eq!(picture("AFHK37", 1), picture("AFHK37", 1), "it depends on nothing but what is drawn");
        assert_ne!(picture("AFHK37", 1), picture("AFHK37", 2));
    }
}
