// SPDX-License-Identifier: GPL-3.0-or-later
//! The weights of our pallets, measured on the machine that their files name.

use crate::Runtime;

pub type Anchor = pallet_anchor::weights::SubstrateWeight<Runtime>;
pub type EdgeConnect = pallet_edge_connect::weights::SubstrateWeight<Runtime>;
pub type Randomness = pallet_assay_randomness::weights::SubstrateWeight<Runtime>;
pub type Verification = pallet_verification::weights::SubstrateWeight<Runtime>;
