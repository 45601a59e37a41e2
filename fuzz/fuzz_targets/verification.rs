// SPDX-License-Identifier: GPL-3.0-or-later
//! Bytes that spell what requesters and clusters do, played against every invariant of verification.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| pallet_verification::oracle::play_bytes(bytes));
