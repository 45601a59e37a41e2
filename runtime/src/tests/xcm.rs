// SPDX-License-Identifier: GPL-3.0-or-later
//! What other chains can not do here, and the little that they can.

use super::chain;
use crate::{
	configs::xcm::{HereLocation, LocationToAccountId, RequesterCalls, XcmConfig},
	AccountId, Balances, PolkadotXcm, Runtime, RuntimeCall, RuntimeOrigin, UNIT,
};
use codec::Encode;
use polkadot_sdk::{staging_xcm as xcm, staging_xcm_executor as xcm_executor, *};

use frame_support::{
	assert_noop, assert_ok,
	traits::{fungible::Mutate, Contains, ContainsPair},
	weights::Weight,
};
use sp_keyring::Sr25519Keyring::{Alice, Bob};
use xcm::{latest::prelude::*, VersionedAssets, VersionedLocation, VersionedXcm};
use xcm_executor::{traits::ConvertLocation, XcmExecutor};

const FUNDS: u128 = 1_000 * UNIT;

fn sibling() -> Location {
	Location::new(1, [Parachain(1000)])
}

fn relay_asset(amount: u128) -> Asset {
	(Location::parent(), amount).into()
}

fn own_asset(amount: u128) -> Asset {
	(HereLocation::get(), amount).into()
}

fn account_of(location: &Location) -> AccountId {
	LocationToAccountId::convert_location(location).unwrap()
}

/// Executes `message` as if `origin` had sent it.
fn execute(origin: Location, message: Xcm<RuntimeCall>) -> Outcome {
	let mut id = message.using_encoded(sp_io::hashing::blake2_256);
	XcmExecutor::<XcmConfig>::prepare_and_execute(
		origin,
		message,
		&mut id,
		Weight::MAX,
		Weight::zero(),
	)
}

/// Why `outcome` is none.
fn error_of(outcome: Outcome) -> XcmError {
	match outcome {
		Outcome::Incomplete { error, .. } | Outcome::Error(error) => error.error,
		Outcome::Complete { .. } => panic!("the message was carried out"),
	}
}

/// A message that pays for itself out of its sender's account, and then does `rest`.
fn paid(rest: Vec<Instruction<RuntimeCall>>) -> Xcm<RuntimeCall> {
	let fee = own_asset(100 * UNIT);
	let mut message = vec![
		WithdrawAsset(fee.clone().into()),
		BuyExecution { fees: fee, weight_limit: Unlimited },
	];
	message.extend(rest);
	Xcm(message)
}

/// A message that the relay chain need not pay for.
fn unpaid(rest: Vec<Instruction<RuntimeCall>>) -> Xcm<RuntimeCall> {
	let mut message = vec![UnpaidExecution { weight_limit: Unlimited, check_origin: None }];
	message.extend(rest);
	Xcm(message)
}

fn transact(call: RuntimeCall) -> Instruction<RuntimeCall> {
	Transact {
		origin_kind: OriginKind::SovereignAccount,
		fallback_max_weight: None,
		call: call.encode().into(),
	}
}

fn transfer() -> RuntimeCall {
	RuntimeCall::Balances(pallet_balances::Call::transfer_keep_alive {
		dest: Bob.to_account_id().into(),
		value: UNIT,
	})
}

fn cancel() -> RuntimeCall {
	RuntimeCall::EdgeConnect(pallet_edge_connect::Call::cancel_task {
		task: assay_primitives::TaskId(7),
	})
}

/// Runs `test` on a chain on which relay chain and sibling have funds.
fn with_funds(test: impl FnOnce()) {
	chain("local_testnet").execute_with(|| {
		for location in [Location::parent(), sibling()] {
			assert_ok!(Balances::mint_into(&account_of(&location), FUNDS));
		}
		test();
	});
}

fn balance(location: &Location) -> u128 {
	Balances::free_balance(account_of(location))
}

#[test]
fn the_relay_chains_token_is_not_ours() {
	with_funds(|| {
		let issuance = Balances::total_issuance();
		let beneficiary = AccountId32 { network: None, id: Bob.to_account_id().into() };
		let deposit = DepositAsset { assets: All.into(), beneficiary: beneficiary.into() };

		// From its reserve, even from the relay chain itself.
		let message =
			unpaid(vec![ReserveAssetDeposited(relay_asset(FUNDS).into()), deposit.clone()]);
		let outcome = execute(Location::parent(), message);
		assert_eq!(error_of(outcome), XcmError::UntrustedReserveLocation);

		// Out of the account that the relay chain has here.
		let message = unpaid(vec![WithdrawAsset(relay_asset(UNIT).into()), deposit]);
		let outcome = execute(Location::parent(), message);
		assert_eq!(error_of(outcome), XcmError::AssetNotFound);

		// To pay for execution.
		let fee = relay_asset(100 * UNIT);
		let message = Xcm(vec![
			WithdrawAsset(fee.clone().into()),
			BuyExecution { fees: fee, weight_limit: Unlimited },
		]);
		assert_eq!(error_of(execute(sibling(), message)), XcmError::AssetNotFound);

		assert_eq!(Balances::total_issuance(), issuance);
		assert_eq!(balance(&Location::parent()), FUNDS);
	});
}

#[test]
fn nobody_teleports_and_nobody_is_a_reserve() {
	fn trusts<Filter: ContainsPair<Asset, Location>>(asset: &Asset, origin: &Location) -> bool {
		Filter::contains(asset, origin)
	}
	with_funds(|| {
		for asset in [own_asset(UNIT), relay_asset(UNIT)] {
			for origin in [Location::parent(), sibling()] {
				assert!(!trusts::<<XcmConfig as xcm_executor::Config>::IsTeleporter>(
					&asset, &origin
				));
				assert!(!trusts::<<XcmConfig as xcm_executor::Config>::IsReserve>(&asset, &origin));
			}
			let message = unpaid(vec![ReceiveTeleportedAsset(asset.into())]);
			let outcome = execute(Location::parent(), message);
			assert_eq!(error_of(outcome), XcmError::UntrustedTeleportLocation);
		}
		let message = paid(vec![ReserveAssetDeposited(own_asset(UNIT).into())]);
		assert_eq!(error_of(execute(sibling(), message)), XcmError::UntrustedReserveLocation);
	});
}

#[test]
fn messages_dispatch_only_what_a_requester_does() {
	assert!(RequesterCalls::contains(&cancel()));
	assert!(!RequesterCalls::contains(&transfer()));
	// Nothing can be hidden inside something else.
	let batch = RuntimeCall::Utility(pallet_utility::Call::batch { calls: vec![cancel()] });
	assert!(!RequesterCalls::contains(&batch));
	with_funds(|| {
		let outcome = execute(sibling(), paid(vec![transact(transfer())]));
		assert_eq!(error_of(outcome), XcmError::NoPermission);
		// The relay chain has no more rights than others.
		let outcome = execute(Location::parent(), unpaid(vec![transact(transfer())]));
		assert_eq!(error_of(outcome), XcmError::NoPermission);
		let root = Transact {
			origin_kind: OriginKind::Superuser,
			fallback_max_weight: None,
			call: cancel().encode().into(),
		};
		let outcome = execute(Location::parent(), unpaid(vec![root]));
		assert_eq!(error_of(outcome), XcmError::BadOrigin);
	});
}

#[test]
fn chains_and_accounts_on_them_reach_the_calls_of_a_requester() {
	let account = AccountId32 { network: None, id: [7; 32] };
	let on_relay = Location::new(1, [account]);
	let on_sibling = Location::new(1, [Parachain(1000), account]);
	for sender in [Location::parent(), sibling(), on_relay, on_sibling] {
		with_funds(|| {
			assert_ok!(Balances::mint_into(&account_of(&sender), FUNDS));
			let before = balance(&sender);
			// The task does not exist: the message got as far as the call, which said so.
			let outcome = execute(
				sender.clone(),
				paid(vec![transact(cancel()), ExpectTransactStatus(MaybeErrorCode::Success)]),
			);
			assert!(matches!(error_of(outcome), XcmError::ExpectationFalse), "{sender:?}");
			assert!(balance(&sender) < before, "it paid for the attempt");
		});
	}
}

#[test]
fn execution_is_paid_for_except_by_the_relay_chain() {
	with_funds(|| {
		let outcome = execute(sibling(), unpaid(vec![ClearOrigin]));
		assert_eq!(error_of(outcome), XcmError::Barrier);
		assert_ok!(execute(sibling(), paid(vec![ClearOrigin])).ensure_complete());
		assert_ok!(execute(Location::parent(), unpaid(vec![ClearOrigin])).ensure_complete());
		// Beyond relay chain and siblings nobody is heard, paid or not.
		let far = Location::new(2, [GlobalConsensus(NetworkId::Polkadot)]);
		assert_ok!(Balances::mint_into(&account_of(&sibling()), FUNDS));
		assert_eq!(error_of(execute(far, paid(vec![ClearOrigin]))), XcmError::Barrier);
	});
}

#[test]
fn users_send_and_execute_no_messages() {
	with_funds(|| {
		let alice = || RuntimeOrigin::signed(Alice.to_account_id());
		let dest = || Box::new(VersionedLocation::from(sibling()));
		let message = Box::new(VersionedXcm::from(Xcm(vec![ClearOrigin])));
		assert_noop!(
			PolkadotXcm::send(alice(), dest(), message),
			sp_runtime::DispatchError::BadOrigin
		);
		let message = Box::new(VersionedXcm::from(Xcm::<RuntimeCall>(vec![ClearOrigin])));
		assert!(PolkadotXcm::execute(alice(), message, Weight::MAX).is_err());
		let beneficiary = || {
			let id = Bob.to_account_id().into();
			Box::new(VersionedLocation::from(Location::from(AccountId32 { network: None, id })))
		};
		let assets = || Box::new(VersionedAssets::from(Assets::from(own_asset(UNIT))));
		let before = Balances::free_balance(Alice.to_account_id());
		assert_noop!(
			PolkadotXcm::limited_teleport_assets(
				alice(),
				dest(),
				beneficiary(),
				assets(),
				0,
				Unlimited
			),
			pallet_xcm::Error::<Runtime>::Filtered
		);
		assert_noop!(
			PolkadotXcm::limited_reserve_transfer_assets(
				alice(),
				dest(),
				beneficiary(),
				assets(),
				0,
				Unlimited
			),
			pallet_xcm::Error::<Runtime>::Filtered
		);
		assert_eq!(Balances::free_balance(Alice.to_account_id()), before);
	});
}
