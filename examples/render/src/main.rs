// SPDX-License-Identifier: GPL-3.0-or-later
//! Renders the scene in `/inputs/scene.txt` to `/outputs/picture.png`.
//!
//! A small ray tracer: spheres on a chequered floor, shadows, mirrors, four rays for each pixel. On
//! floating-point numbers it uses `+ - * /` and square roots only, which IEEE 754 rounds alike
//! everywhere, so that the picture has the same bytes on every machine.

mod scene;
mod trace;
mod vector;

use scene::Scene;
use std::{fs, io, process::ExitCode};

/// Width of the picture.
const WIDTH: u32 = 256;
/// Height of the picture.
const HEIGHT: u32 = 192;

/// The picture as PNG.
fn png_of(pixels: &[u8], width: u32, height: u32) -> io::Result<Vec<u8>> {
	let mut file = Vec::new();
	let mut encoder = png::Encoder::new(&mut file, width, height);
	encoder.set_color(png::ColorType::Rgb);
	encoder.set_depth(png::BitDepth::Eight);
	encoder.write_header()?.write_image_data(pixels)?;
	Ok(file)
}

fn run() -> io::Result<()> {
	let text = fs::read_to_string("/inputs/scene.txt")?;
	let scene = Scene::parse(&text)
		.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.to_string()))?;
	let pixels = trace::render(&scene, WIDTH, HEIGHT);
	let file = png_of(&pixels, WIDTH, HEIGHT)?;
	fs::write("/outputs/picture.png", &file)?;
	let light = pixels.iter().map(|value| f64::from(*value)).sum::<f64>() / pixels.len() as f64;
	println!(
		"{WIDTH}x{HEIGHT} pixels, {} spheres, {} lights, {} bytes, mean brightness {light:.3}",
		scene.spheres.len(),
		scene.lights.len(),
		file.len()
	);
	Ok(())
}

fn main() -> ExitCode {
	match run() {
		Ok(()) => ExitCode::SUCCESS,
		Err(error) => {
			eprintln!("render: {error}");
			ExitCode::FAILURE
		},
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn the_file_holds_the_pixels() {
		let scene = Scene::parse(include_str!("../data/scene.txt")).unwrap();
		let pixels = trace::render(&scene, 32, 24);
		let file = png_of(&pixels, 32, 24).unwrap();
		let mut reader = png::Decoder::new(file.as_slice()).read_info().unwrap();
		let mut read = vec![0; reader.output_buffer_size()];
		let info = reader.next_frame(&mut read).unwrap();
		assert_eq!((info.width, info.height), (32, 24));
		assert_eq!(read, pixels);
	}
}
