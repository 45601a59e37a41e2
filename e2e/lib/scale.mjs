// SPDX-License-Identifier: GPL-3.0-or-later
// The few SCALE encodings that commitments, leaves and manifests are made of.

/** An unsigned number of `bytes` bytes, little endian. */
export function uint(value, bytes) {
	let rest = BigInt(value);
	const encoded = Buffer.alloc(bytes);
	for (let at = 0; at < bytes; at++) {
		encoded[at] = Number(rest & 0xffn);
		rest >>= 8n;
	}
	if (rest !== 0n) throw new RangeError(`${value} does not fit ${bytes} bytes`);
	return encoded;
}

export const u8 = (value) => uint(value, 1);
export const u16 = (value) => uint(value, 2);
export const u32 = (value) => uint(value, 4);
export const u64 = (value) => uint(value, 8);

/** A signed number of 32 bits. */
export function i32(value) {
	const encoded = Buffer.alloc(4);
	encoded.writeInt32LE(value);
	return encoded;
}

/** The length of what follows. */
export function compact(value) {
	if (value < 1 << 6) return uint(value << 2, 1);
	if (value < 1 << 14) return uint((value << 2) | 1, 2);
	if (value < 2 ** 30) return uint(value * 4 + 2, 4);
	throw new RangeError(`${value} is too long`);
}

/** Text with its length. */
export function text(value) {
	const bytes = Buffer.from(value, 'utf8');
	return Buffer.concat([compact(bytes.length), bytes]);
}

/** 32 bytes, from bytes or hexadecimal digits. */
export function bytes32(value) {
	const bytes =
		typeof value === 'string' ? Buffer.from(value.replace(/^0x/, ''), 'hex') : Buffer.from(value);
	if (bytes.length !== 32) throw new RangeError('not 32 bytes');
	return bytes;
}

/** `0x` and the digits. */
export const hex = (bytes) => `0x${Buffer.from(bytes).toString('hex')}`;
