// SPDX-License-Identifier: GPL-3.0-or-later
//! What is to be seen, read from lines of a name and numbers.

use crate::vector::Vector;
use std::fmt;

/// A lamp.
pub struct Light {
	/// Where.
	pub at: Vector,
	/// How bright.
	pub brightness: f64,
}

/// A ball.
pub struct Sphere {
	/// The centre.
	pub centre: Vector,
	/// The radius.
	pub radius: f64,
	/// The colour.
	pub colour: Vector,
	/// How much it mirrors: nothing at zero, everything at one.
	pub mirror: f64,
}

/// The ground.
pub struct Floor {
	/// How high.
	pub height: f64,
	/// The colours of its squares.
	pub colours: [Vector; 2],
}

/// Everything.
pub struct Scene {
	/// Where the camera stands.
	pub camera: Vector,
	/// What it looks at.
	pub aim: Vector,
	/// The sky at the horizon and above.
	pub sky: [Vector; 2],
	/// The ground.
	pub floor: Floor,
	/// The lamps.
	pub lights: Vec<Light>,
	/// The balls.
	pub spheres: Vec<Sphere>,
}

/// Why a text is no scene.
#[derive(Debug, PartialEq)]
pub enum BadScene {
	/// This line has no known name, not the right count of numbers, or a number out of range.
	Line(usize),
	/// Camera and aim are the same point, or one right above the other.
	Camera,
	/// Too many lights or spheres.
	TooMuch,
}

/// Most lights and most spheres: every ray looks at each.
const MOST: usize = 64;

impl fmt::Display for BadScene {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Line(line) => write!(f, "line {line} cannot be understood"),
			Self::Camera => {
				f.write_str("the camera has to look at another place, not straight up or down")
			},
			Self::TooMuch => write!(f, "more than {MOST} lights or spheres"),
		}
	}
}

impl Scene {
	/// Reads a scene; `#` starts a comment.
	pub fn parse(text: &str) -> Result<Self, BadScene> {
		let grey = Vector(0.5, 0.5, 0.5);
		let mut scene = Self {
			camera: Vector(0.0, 1.0, -5.0),
			aim: Vector(0.0, 1.0, 0.0),
			sky: [grey; 2],
			floor: Floor { height: 0.0, colours: [grey; 2] },
			lights: Vec::new(),
			spheres: Vec::new(),
		};
		for (at, line) in text.lines().enumerate() {
			let line = line.split('#').next().unwrap_or_default().trim();
			if !line.is_empty() {
				scene.add(line).ok_or(BadScene::Line(at + 1))?;
			}
		}
		let look = scene.aim - scene.camera;
		if look.0 == 0.0 && look.2 == 0.0 {
			return Err(BadScene::Camera);
		}
		if scene.lights.len() > MOST || scene.spheres.len() > MOST {
			return Err(BadScene::TooMuch);
		}
		Ok(scene)
	}

	fn add(&mut self, line: &str) -> Option<()> {
		let mut words = line.split_whitespace();
		let name = words.next()?;
		let sane = |number: &f64| number.abs() <= 1000.0;
		let numbers: Option<Vec<f64>> = words.map(|word| word.parse().ok().filter(sane)).collect();
		match (name, numbers?.as_slice()) {
			("camera", [x, y, z, to_x, to_y, to_z]) => {
				self.camera = Vector(*x, *y, *z);
				self.aim = Vector(*to_x, *to_y, *to_z);
			},
			("sky", [r, g, b, high_r, high_g, high_b]) => {
				self.sky = [Vector(*r, *g, *b), Vector(*high_r, *high_g, *high_b)]
			},
			("floor", [height, r, g, b, other_r, other_g, other_b]) => {
				let colours = [Vector(*r, *g, *b), Vector(*other_r, *other_g, *other_b)];
				self.floor = Floor { height: *height, colours };
			},
			("light", [x, y, z, brightness]) => {
				self.lights.push(Light { at: Vector(*x, *y, *z), brightness: *brightness })
			},
			("sphere", [x, y, z, radius, r, g, b, mirror])
				if *radius > 0.0 && (0.0..=1.0).contains(mirror) =>
			{
				self.spheres.push(Sphere {
					centre: Vector(*x, *y, *z),
					radius: *radius,
					colour: Vector(*r, *g, *b),
					mirror: *mirror,
				})
			},
			_ => return None,
		}
		Some(())
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn the_example_has_spheres_and_lights() {
		let scene = Scene::parse(include_str!("../data/scene.txt")).unwrap();
		assert_eq!((scene.spheres.len(), scene.lights.len()), (6, 2));
	}

	#[test]
	fn a_bad_line_is_named() {
		for bad in [
			"cube 1 2 3",
			"light 1 2 3",
			"light 1 2 3 x",
			"light 1 2 3 NaN",
			"light 1 2 3 1e9",
			"sphere 0 0 0 0 1 1 1 0",
			"sphere 0 0 0 1 1 1 1 2",
		] {
			let text = format!("# a comment\nlight 1 2 3 4\n{bad}\n");
			assert_eq!(Scene::parse(&text).err(), Some(BadScene::Line(3)), "{bad}");
		}
	}

	#[test]
	fn a_camera_needs_a_direction() {
		assert_eq!(Scene::parse("camera 1 2 3 1 9 3").err(), Some(BadScene::Camera));
		assert_eq!(Scene::parse(&"light 1 2 3 4\n".repeat(65)).err(), Some(BadScene::TooMuch));
	}
}
