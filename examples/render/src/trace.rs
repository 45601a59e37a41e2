// SPDX-License-Identifier: GPL-3.0-or-later
//! Following rays from the camera into the scene.

use crate::{scene::Scene, vector::Vector};

/// How often a ray bounces off mirrors before it is given up.
const BOUNCES: u32 = 4;
/// Light that reaches even the shadows.
const AMBIENT: f64 = 0.12;
/// A hit nearer than this is the surface that the ray starts from.
const NEAR: f64 = 1e-6;
/// How far the camera sees to each side at a distance of one.
const SPREAD: f64 = 0.62;

struct Ray {
	from: Vector,
	/// Of length one.
	towards: Vector,
}

struct Hit {
	distance: f64,
	normal: Vector,
	colour: Vector,
	mirror: f64,
}

/// The picture: three bytes for each pixel, row by row from the top left.
pub fn render(scene: &Scene, width: u32, height: u32) -> Vec<u8> {
	let forward = (scene.aim - scene.camera).unit();
	let right = Vector(0.0, 1.0, 0.0).cross(forward).unit();
	let up = forward.cross(right);
	let scale = 2.0 * SPREAD / f64::from(width);
	let mut pixels = Vec::with_capacity(width as usize * height as usize * 3);
	for row in 0..height {
		for column in 0..width {
			let mut colour = Vector(0.0, 0.0, 0.0);
			for (dx, dy) in [(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)] {
				let x = (f64::from(column) + dx - f64::from(width) / 2.0) * scale;
				let y = (f64::from(height) / 2.0 - f64::from(row) - dy) * scale;
				let towards = (forward + right * x + up * y).unit();
				colour = colour + trace(scene, Ray { from: scene.camera, towards }) * 0.25;
			}
			pixels.extend([colour.0, colour.1, colour.2].map(byte));
		}
	}
	pixels
}

/// A brightness as a byte; the square root stands for the screen's gamma.
fn byte(brightness: f64) -> u8 {
	(brightness.clamp(0.0, 1.0).sqrt() * 255.0 + 0.5) as u8
}

/// The colour that comes along `ray`.
fn trace(scene: &Scene, mut ray: Ray) -> Vector {
	let mut seen = Vector(0.0, 0.0, 0.0);
	let mut filter = Vector(1.0, 1.0, 1.0);
	for _ in 0..=BOUNCES {
		let Some(hit) = nearest(scene, &ray) else {
			return seen + sky(scene, ray.towards).tinted(filter);
		};
		let point = ray.from + ray.towards * hit.distance;
		let lit = hit.colour * brightness_at(scene, point, hit.normal);
		seen = seen + lit.tinted(filter) * (1.0 - hit.mirror);
		if hit.mirror == 0.0 {
			return seen;
		}
		filter = filter.tinted(hit.colour) * hit.mirror;
		ray = Ray { from: point, towards: ray.towards.reflected(hit.normal).unit() };
	}
	seen
}

fn sky(scene: &Scene, towards: Vector) -> Vector {
	let [low, high] = scene.sky;
	low.mixed(high, towards.1.clamp(0.0, 1.0).sqrt())
}

/// How much light falls on a surface.
fn brightness_at(scene: &Scene, point: Vector, normal: Vector) -> f64 {
	let mut sum = AMBIENT;
	for light in &scene.lights {
		let way = light.at - point;
		let distance = way.dot(way).sqrt();
		let towards = way.unit();
		let slant = towards.dot(normal);
		if slant > 0.0 {
			let shadow = nearest(scene, &Ray { from: point, towards });
			if shadow.is_none_or(|hit| hit.distance > distance) {
				sum += light.brightness * slant;
			}
		}
	}
	sum
}

/// The first thing on the way.
fn nearest(scene: &Scene, ray: &Ray) -> Option<Hit> {
	let mut nearest = floor_hit(scene, ray);
	for sphere in &scene.spheres {
		let Some(distance) = sphere_distance(ray, sphere.centre, sphere.radius) else { continue };
		if nearest.as_ref().is_none_or(|hit| distance < hit.distance) {
			let point = ray.from + ray.towards * distance;
			let normal = (point - sphere.centre) * (1.0 / sphere.radius);
			let (colour, mirror) = (sphere.colour, sphere.mirror);
			nearest = Some(Hit { distance, normal, colour, mirror });
		}
	}
	nearest
}

/// How far along the ray a sphere begins, or ends where the ray starts inside.
fn sphere_distance(ray: &Ray, centre: Vector, radius: f64) -> Option<f64> {
	let offset = ray.from - centre;
	let half = offset.dot(ray.towards);
	let square = half * half - offset.dot(offset) + radius * radius;
	if square < 0.0 {
		return None;
	}
	let root = square.sqrt();
	[-half - root, -half + root].into_iter().find(|distance| *distance > NEAR)
}

fn floor_hit(scene: &Scene, ray: &Ray) -> Option<Hit> {
	if ray.towards.1 >= 0.0 {
		return None;
	}
	let distance = (scene.floor.height - ray.from.1) / ray.towards.1;
	if distance <= NEAR {
		return None;
	}
	let point = ray.from + ray.towards * distance;
	let odd = (point.0.floor() + point.2.floor()).rem_euclid(2.0) != 0.0;
	let square = scene.floor.colours[usize::from(odd)];
	// Far squares are smaller than a pixel: they fade into their mean.
	let mean = scene.floor.colours[0].mixed(scene.floor.colours[1], 0.5);
	let colour = square.mixed(mean, (distance / 40.0).min(1.0));
	Some(Hit { distance, normal: Vector(0.0, 1.0, 0.0), colour, mirror: 0.0 })
}

#[cfg(test)]
mod tests {
	use super::*;

	fn scene() -> Scene {
		Scene::parse(include_str!("../data/scene.txt")).unwrap()
	}

	fn ray(from: Vector, towards: Vector) -> Ray {
		Ray { from, towards }
	}

	#[test]
	fn a_ray_meets_a_sphere_in_front_and_from_inside() {
		let (origin, forward) = (Vector(0.0, 0.0, 0.0), Vector(0.0, 0.0, 1.0));
		let at = |z: f64| sphere_distance(&ray(origin, forward), Vector(0.0, 0.0, z), 1.0);
		assert_eq!(at(5.0), Some(4.0));
		assert_eq!(at(0.5), Some(1.5));
		assert_eq!(at(-5.0), None);
		assert_eq!(sphere_distance(&ray(origin, forward), Vector(2.0, 0.0, 5.0), 1.0), None);
	}

	#[test]
	fn the_floor_is_seen_from_above_only() {
		let scene = scene();
		let down = Vector(0.0, -1.0, 0.0);
		let hit = floor_hit(&scene, &ray(Vector(0.0, 3.0, 0.0), down)).unwrap();
		assert_eq!(hit.distance, 3.0);
		assert!(floor_hit(&scene, &ray(Vector(0.0, -3.0, 0.0), down)).is_none());
		assert!(floor_hit(&scene, &ray(Vector(0.0, 3.0, 0.0), Vector(0.0, 1.0, 0.0))).is_none());
	}

	#[test]
	fn a_shadow_is_darker() {
		let scene = scene();
		let up = Vector(0.0, 1.0, 0.0);
		let under = brightness_at(&scene, Vector(0.5, 0.0, 0.6), up);
		let open = brightness_at(&scene, Vector(-4.0, 0.0, -3.0), up);
		assert!(under < open, "{under} {open}");
	}

	#[test]
	fn the_sky_is_above_and_the_picture_is_the_same_every_time() {
		let scene = scene();
		let picture = render(&scene, 64, 48);
		assert_eq!(picture, render(&scene, 64, 48));
		assert_eq!(picture.len(), 64 * 48 * 3);
		let (top, bottom) = (&picture[..3], &picture[picture.len() - 3..]);
		assert!(top[2] > top[0], "the sky is blue: {top:?}");
		assert_ne!(top, bottom);
	}

	#[test]
	fn brightness_stays_within_a_byte() {
		assert_eq!([-1.0, 0.0, 0.25, 1.0, 9.0].map(byte), [0, 0, 128, 255, 255]);
	}
}
