// SPDX-License-Identifier: GPL-3.0-or-later
// Commitments and bundle roots, computed from docs/protocol.md and not by the chain's own code.

import { blake2AsU8a } from '@polkadot/util-crypto';
import { nodeHash } from './rfc6962.mjs';
import { bytes32, text, u32, u64, u8 } from './scale.mjs';

const blake2 = (...parts) => Buffer.from(blake2AsU8a(Buffer.concat(parts), 256));

/** The outcome of a program that ended by itself: as an argument of a call. */
export const completed = (outputRoot) => ({ Completed: { outputRoot } });

/** What agreement on such an outcome is judged by. */
export const outcomeDigest = (outputRoot) =>
	blake2(text('assay/outcome/v1'), u8(0), bytes32(outputRoot));

/** What an executor or verifier binds itself to. */
export function commitment({ genesis, task, attempt, cluster, outputRoot, evidenceRoot, salt }) {
	return blake2(
		text('assay/commit/v1'),
		bytes32(genesis),
		u64(task),
		u8(attempt),
		u32(cluster),
		outcomeDigest(outputRoot),
		bytes32(evidenceRoot),
		bytes32(salt),
	);
}

/** What a panel member binds itself to. */
export function panelCommitment(seal) {
	return blake2(
		text('assay/panel/v1'),
		bytes32(seal.genesis),
		u64(seal.task),
		u8(seal.attempt),
		u32(seal.cluster),
		outcomeDigest(seal.outputRoot),
		bytes32(seal.possession),
		bytes32(seal.evidenceRoot),
		bytes32(seal.salt),
	);
}

/** The root over both halves of a bundle: the agreed one and the cluster's own. */
export const bundleRoot = (agreed, evidenceRoot) => nodeHash(bytes32(agreed), bytes32(evidenceRoot));

/** What the accumulator of randomness becomes when a relay block brings a VRF output. */
export const fold = (acc, relayNumber, vrf) =>
	blake2(text('assay/acc/v1'), bytes32(acc), u32(relayNumber), bytes32(vrf));
