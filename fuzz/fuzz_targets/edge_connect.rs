// SPDX-License-Identifier: GPL-3.0-or-later
//! Bytes that spell calls, acts and blocks, played against every invariant of edge-connect.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| pallet_edge_connect::oracle::play_bytes(bytes));
