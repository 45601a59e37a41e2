// SPDX-License-Identifier: GPL-3.0-or-later
// Calls that must not work, each with its own error.

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { UNIT, audited, region, request, spec, verified } from '../lib/network.mjs';
import { compact, hex } from '../lib/scale.mjs';

export function refusals(world) {
	/** Hands bytes to the node as they are. */
	const raw = (bytes) =>
		world.chain.provider.send('author_submitExtrinsic', [
			hex(Buffer.concat([compact(bytes.length), Buffer.from(bytes)])),
		]);

	it('unsigned calls never reach a block', async () => {
		const call = world.tx.edgeConnect.submitTask(request(world.handTask([])));
		await assert.rejects(raw(call.toU8a(true)), /101\d: .*(Invalid|Unknown)/);
	});

	it('bytes that are no call never reach a block', async () => {
		const call = world.tx.edgeConnect.submitTask(request(world.handTask([])));
		const signed = await call.signAsync(world.network.account('//Ferdie'), { nonce: 9999 });
		const whole = signed.toU8a(true);
		const bent = Uint8Array.from(whole);
		bent[40] ^= 1;
		// One task more than a call can bring.
		const batch = Array.from({ length: 9 }, () => request(world.handTask([])));
		const long = world.tx.edgeConnect.submitTasks(batch);
		await long.signAsync(world.network.account('//Ferdie'), { nonce: 9999 });
		const wrong = [whole.slice(0, -20), bent, long.toU8a(true), new Uint8Array(200).fill(0xff), new Uint8Array(1)];
		for (const bytes of wrong) {
			await assert.rejects(raw(bytes), /^RpcError: \d+: |decode|Invalid/);
		}
		await world.chain.blocksLater(1);
	});

	it('an account without money cannot even pay the fee', async () => {
		const poor = world.network.account('//nobody');
		const call = world.tx.edgeConnect.submitTask(request(world.handTask([])));
		const signed = await call.signAsync(poor, { nonce: 0 });
		await assert.rejects(raw(signed.toU8a(true)), /1010: .*pay some fees/);
	});

	it('an account with too little money holds nothing', async () => {
		const { chain, tx } = world;
		const poor = await world.fund('poor', UNIT);
		const priced = (maxPrice) =>
			tx.edgeConnect.submitTask(request({ ...world.handTask([]), demand: { maxPrice } }));
		for (const call of [priced(40n * UNIT), tx.edgeConnect.registerCluster(spec('poor'))]) {
			await world.refused('token.FundsUnavailable', call, poor);
			assert.equal((await chain.balance(poor.address)).reserved, 0n);
		}
		await world.refused('verification.TooDear', priced(2n ** 127n), poor);
	});

	it('a price at which a lie would pay on average is refused', async () => {
		const { chain, tx } = world;
		const requester = await world.fund('generous', 1000n * UNIT);
		const priced = (maxPrice, check) =>
			tx.edgeConnect.submitTask(request({ ...world.handTask([], { check }), demand: { maxPrice } }));
		// A check catches 49 of 100 lies where a third of all conspires, and a lie costs 50 ASY: 50 · 0.49 / 0.51 = 48.04.
		await world.refused('verification.TooDear', priced(49n * UNIT, verified(2)), requester);
		// 50 · 0.0245 / 0.9755 = 1.256.
		await world.refused('verification.TooDear', priced(2n * UNIT, audited(5)), requester);
		assert.equal((await chain.balance(requester.address)).reserved, 0n);
	});

	it('specs and requests that make no sense are told why', async () => {
		const { tx } = world;
		const signer = await world.fund('malformed', 1000n * UNIT);
		const none = { cpuMillicores: 0, memoryMib: 0, diskMib: 0, gpuCount: 0, gpuVramMib: 0 };
		const wasm = { kind: 'Wasm', id: 1 };
		const offers = [
			['NoCapacity', { resources: none }],
			['NoEngine', { engines: [] }],
			['BadSlots', { slots: 0 }],
			['BadSlots', { slots: 17 }],
			['UnknownRegion', { region: region('ZZ') }],
			['BadEndpoint', { endpoint: 'ftp://a.example' }],
			['Repeated', { engines: [wasm, wasm] }],
			['EndpointTaken', { endpoint: spec('ada').endpoint }],
		];
		const hands = world.handTask(world.network.byHand);
		const requests = [
			['BadQuorum', { policy: { check: verified(1) } }],
			['BadQuorum', { policy: { check: verified(4) } }],
			['BadPanel', { policy: { check: verified(2, 2) } }],
			['BadFloor', { policy: { check: audited(4) } }],
			['BadFloor', { policy: { check: audited(101) } }],
			['Unbonded', { policy: { check: audited(50) }, demand: { engine: { kind: 'Container', id: 1 } } }],
			['PreflightOfProven', { policy: { preflight: true } }],
			['BadDeadline', { policy: { executionBlocks: 19 } }],
			['BadDeadline', { policy: { queueBlocks: 0 } }],
			['BadDeadline', { policy: { window: 14_401 } }],
			['UnknownRegion', { demand: { regions: [region('QQ')] } }],
			['Repeated', { deny: [hands.allow[0]] }],
		];
		await Promise.all([
			...offers.map(([error, changes]) => {
				const call = tx.edgeConnect.registerCluster(spec('malformed', changes));
				return world.refused(`edgeConnect.${error}`, call, signer);
			}),
			...requests.map(([error, changes]) => {
				const call = tx.edgeConnect.submitTask(request({ ...hands, ...changes }));
				return world.refused(`edgeConnect.${error}`, call, signer);
			}),
		]);
		assert.equal((await world.chain.balance(signer.address)).reserved, 0n);
	});

	it('clusters obey their owner only', async () => {
		const { chain, network, tx } = world;
		const stranger = await world.fund('stranger');
		const [{ id }] = network.byHand;
		const calls = [
			['edgeConnect.NotOwner', tx.edgeConnect.updateCluster(id, spec('other'))],
			['edgeConnect.NotOwner', tx.edgeConnect.drainCluster(id)],
			['edgeConnect.NotOwner', tx.edgeConnect.resumeCluster(id)],
			['edgeConnect.NotOwner', tx.edgeConnect.removeCluster(id)],
			['edgeConnect.NotOwner', tx.edgeConnect.topUpBond(id, UNIT)],
			['edgeConnect.NotOwner', tx.edgeConnect.renewLease(id)],
			['edgeConnect.NoCluster', tx.edgeConnect.renewLease(4_000_000)],
			['edgeConnect.NoCluster', tx.edgeConnect.drainCluster(4_000_000)],
			['verification.NotOwner', tx.verification.claimPay(id)],
			['verification.NotDrawn', tx.verification.admitUnstable(0, id)],
			['verification.NoTask', tx.verification.appeal(4_000_000)],
			['verification.PurseEmpty', tx.verification.emptyPurse(UNIT)],
			['anchor.NoBundle', tx.anchor.releaseBundle(4_000_000)],
		];
		await Promise.all(calls.map(([error, call]) => world.refused(error, call, stranger)));
		const revoke = await chain.send(tx.anchor.revoke(0, 'because'), stranger);
		assert.match(revoke.error, /BadOrigin/);
	});
}
