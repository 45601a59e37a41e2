// SPDX-License-Identifier: GPL-3.0-or-later
//! Points, directions and colours.

use std::ops::{Add, Mul, Sub};

/// Three numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Vector(pub f64, pub f64, pub f64);

impl Vector {
	/// The scalar product.
	pub fn dot(self, other: Self) -> f64 {
		self.0 * other.0 + self.1 * other.1 + self.2 * other.2
	}

	/// The vector product.
	pub fn cross(self, other: Self) -> Self {
		Self(
			self.1 * other.2 - self.2 * other.1,
			self.2 * other.0 - self.0 * other.2,
			self.0 * other.1 - self.1 * other.0,
		)
	}

	/// The same direction with length one.
	pub fn unit(self) -> Self {
		self * (1.0 / self.dot(self).sqrt())
	}

	/// The direction after bouncing off a surface whose normal is `normal`.
	pub fn reflected(self, normal: Self) -> Self {
		self - normal * (2.0 * self.dot(normal))
	}

	/// Each number times its counterpart: a colour seen in coloured light.
	pub fn tinted(self, by: Self) -> Self {
		Self(self.0 * by.0, self.1 * by.1, self.2 * by.2)
	}

	/// From `self` at zero to `other` at one.
	pub fn mixed(self, other: Self, share: f64) -> Self {
		self * (1.0 - share) + other * share
	}
}

impl Add for Vector {
	type Output = Self;
	fn add(self, other: Self) -> Self {
		Self(self.0 + other.0, self.1 + other.1, self.2 + other.2)
	}
}

impl Sub for Vector {
	type Output = Self;
	fn sub(self, other: Self) -> Self {
		Self(self.0 - other.0, self.1 - other.1, self.2 - other.2)
	}
}

impl Mul<f64> for Vector {
	type Output = Self;
	fn mul(self, by: f64) -> Self {
		Self(self.0 * by, self.1 * by, self.2 * by)
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn the_product_of_two_axes_is_the_third() {
		assert_eq!(Vector(1.0, 0.0, 0.0).cross(Vector(0.0, 1.0, 0.0)), Vector(0.0, 0.0, 1.0));
	}

	#[test]
	fn a_ray_leaves_as_steeply_as_it_came() {
		let up = Vector(0.0, 1.0, 0.0);
		assert_eq!(Vector(3.0, -4.0, 1.0).reflected(up), Vector(3.0, 4.0, 1.0));
		assert!((Vector(0.0, 3.0, 4.0).unit().dot(up) - 0.6).abs() < 1e-15);
	}
}
