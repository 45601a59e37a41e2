// SPDX-License-Identifier: GPL-3.0-or-later
//! Arrays: who differs shows where, and one item decides.

use crate::{court::*, money::from_escrow};
use assay_primitives::{
	array,
	outcome::Outcome,
	protocol::{
		Act, Breadth, Effect, Execution, Input, Refusal, Role, Stage, Verdict, MAX_EXECUTIONS,
	},
	settlement::{Conduct::*, DISSENT_PERCENT, ERRAND_PERCENT},
	spec::{Malformed, WASM_ENGINE},
	task::{Check, Policy},
	Balance, ClusterId,
};
use proptest::prelude::*;

const ERRAND: Balance = PRICE * ERRAND_PERCENT / 100;
const FINE: Balance = BOND * DISSENT_PERCENT / 100;
const ITEM: u16 = 140;

fn of_item(contents: &[Outcome]) -> Outcome {
	contents[usize::from(ITEM)]
}

/// Cluster 2 lied about one item, and the arbiters found out.
fn refuted() -> Court {
	let (truth, lie) = (contents(), forged(&[ITEM, 299], 0));
	let found = of_item(&truth);
	Court::arbitrated(&truth, &lie, ITEM).decides(&[(3, found), (4, found), (5, found)])
}

#[test]
fn an_array_that_two_agree_on_is_accepted_like_any_other_task() {
	let array = whole(&contents());
	let court = Court::about(policy(2), WASM_ENGINE, Some(ITEMS)).draws(&[1]);
	let court = court.commits(1, array).draws(&[2]).answers(2, array).opens(1, array);
	court.ends_with(agreed(array)).settles(&[(1, Agreed, PRICE, 0), (2, Agreed, PRICE, 0)]);
}

#[test]
fn those_who_differ_post_roots_and_then_leaves() {
	let (truth, lie) = (contents(), forged(&[ITEM, 299], 0));
	let court = Court::array_disputed(&truth, &lie).reaches(Stage::Splitting);
	assert_eq!((court.trial.nodes_due(), court.trial.deadline), (3, 120));
	let court = court.follows(&[Effect::Disputed]).waits(5).posts(2, &lie);
	let court = court.follows(&[Effect::Keep]).posts(1, &truth).follows(&[]);
	let court = court.reaches(Stage::Narrowing);
	assert_eq!((court.trial.nodes_due(), court.trial.deadline), (128, 125));
	let court = court.posts(1, &truth).follows(&[Effect::Keep]).posts(2, &lie);
	let court = court.reaches(Stage::PanelDrawing).follows(&[Effect::Draw(5)]);
	assert_eq!(court.trial.narrowing.as_ref().unwrap().item, Some(ITEM));
	assert_eq!(court.trial.drawing_role(), Some(Role::Arbiter));
}

#[test]
fn the_last_and_short_subtree_has_fewer_leaves() {
	let (truth, lie) = (contents(), forged(&[299], 0));
	let court = Court::array_disputed(&truth, &lie).posts(1, &truth).posts(2, &lie);
	assert_eq!(court.trial.nodes_due(), 300 - 256);
	let court = court.posts(1, &truth).posts(2, &lie);
	assert_eq!(court.trial.narrowing.as_ref().unwrap().item, Some(299));
}

#[test]
fn a_small_array_shows_its_leaves_at_once() {
	let truth = &contents()[..100];
	let lie = &forged(&[99], 0)[..100];
	let court = Court::array_disputed(truth, lie);
	assert_eq!(court.trial.nodes_due(), 100);
	let court = court.posts(1, truth).posts(2, lie).reaches(Stage::PanelDrawing);
	assert_eq!(court.trial.narrowing.as_ref().unwrap().item, Some(99));
}

#[test]
fn whoever_is_refuted_leaves_and_the_survivor_gets_a_panel() {
	let (truth, array) = (contents(), whole(&contents()));
	let court = refuted().reaches(Stage::PanelDrawing).follows(&[Effect::Draw(2)]);
	assert!(matches!(court.act(2), Act::Refuted { .. }));
	assert_eq!(court.trial.drawing_role(), Some(Role::Panel));
	let court = court.draws(&[6, 7]).seals(6, array).seals(7, array).possesses(1, array);
	let court = court.opens_panel(6, array).opens_panel(7, array).ends_with(judged(array));
	court.settles(&[
		(1, Agreed, PRICE, 0),
		(2, Dissented, 0, FINE),
		(3, Agreed, ERRAND, 0),
		(4, Agreed, ERRAND, 0),
		(5, Agreed, ERRAND, 0),
		(6, Agreed, PRICE, 0),
		(7, Agreed, PRICE, 0),
	]);
	let extra: Vec<bool> = court.shares().iter().map(|share| share.extra).collect();
	assert_eq!(extra, [false, false, true, true, true, true, true]);
	assert!(from_escrow(&court) <= court.trial.policy.worst_case(PRICE).unwrap());
	assert_eq!(truth.len(), usize::from(ITEMS));
}

#[test]
fn the_panel_can_find_that_the_survivor_lied_elsewhere() {
	let (first, second) = (forged(&[200], 1), forged(&[ITEM], 0));
	let found = of_item(&contents());
	let court = Court::arbitrated(&first, &second, ITEM);
	let court = court.decides(&[(3, found), (4, found), (5, found)]).draws(&[6, 7]);
	let (lie, array) = (whole(&first), whole(&contents()));
	let court = court.seals(6, array).seals(7, array).possesses(1, lie);
	let court = court.opens_panel(6, array).opens_panel(7, array).ends_with(judged(array));
	let conducts: Vec<_> = court.shares().iter().map(|share| share.conduct).collect();
	assert_eq!(conducts, [Dissented, Dissented, Agreed, Agreed, Agreed, Agreed, Agreed]);
}

#[test]
fn without_a_panel_the_refuted_pays_and_the_survivor_is_unjudged() {
	let court = refuted().lapses().ends_with(Verdict::Inconclusive);
	court.settles(&[
		(1, Unjudged, PRICE / 2, 0),
		(2, Dissented, 0, FINE),
		(3, Agreed, ERRAND, 0),
		(4, Agreed, ERRAND, 0),
		(5, Agreed, ERRAND, 0),
	]);
}

#[test]
fn where_both_are_wrong_about_the_item_both_pay() {
	let found = of_item(&contents());
	let court = Court::arbitrated(&forged(&[ITEM], 1), &forged(&[ITEM], 0), ITEM);
	let court = court.decides(&[(3, found), (4, found), (5, found)]);
	let court = court.ends_with(Verdict::Refuted);
	court.settles(&[
		(1, Dissented, 0, FINE),
		(2, Dissented, 0, FINE),
		(3, Agreed, ERRAND, 0),
		(4, Agreed, ERRAND, 0),
		(5, Agreed, ERRAND, 0),
	]);
}

#[test]
fn without_a_majority_about_the_item_a_panel_runs_the_whole_array() {
	let (truth, lie) = (contents(), forged(&[ITEM], 0));
	let (right, wrong) = (of_item(&truth), of_item(&lie));
	let court = Court::arbitrated(&truth, &lie, ITEM).seals(3, right).seals(4, wrong).lapses();
	let court = court.reaches(Stage::PanelOpening).opens_panel(3, right).opens_panel(4, wrong);
	let court = court.reaches(Stage::PanelDrawing).follows(&[Effect::Draw(3)]);
	let array = whole(&truth);
	let court = court.draws(&[6, 7, 8]);
	let court = [6, 7, 8].into_iter().fold(court, |court, one| court.seals(one, array));
	let court = court.possesses(1, array).possesses(2, whole(&lie));
	let court = [6, 7, 8].into_iter().fold(court, |court, one| court.opens_panel(one, array));
	court.ends_with(judged(array)).settles(&[
		(1, Agreed, PRICE, 0),
		(2, Dissented, 0, FINE),
		(3, Unjudged, ERRAND / 2, 0),
		(4, Unjudged, ERRAND / 2, 0),
		(5, Absent, 0, 0),
		(6, Agreed, PRICE, 0),
		(7, Agreed, PRICE, 0),
		(8, Agreed, PRICE, 0),
	]);
}

#[test]
fn where_few_are_left_they_run_the_whole_array_at_once() {
	let (truth, lie) = (contents(), forged(&[ITEM], 0));
	let asked = || {
		let court = Court::array_disputed(&truth, &lie).posts(1, &truth).posts(2, &lie);
		court.posts(1, &truth).posts(2, &lie)
	};
	for (found, arbiters, panel) in
		[(&[3][..], 0, 1), (&[3, 4], 0, 1), (&[3, 4, 5], 1, 0), (&[3, 4, 5, 6], 1, 0)]
	{
		let court = asked().draws(found).reaches(Stage::PanelSealing);
		let count = |role| {
			let executions = court.trial.executions.iter();
			executions.filter(|one| one.role == role).count()
		};
		assert_eq!((count(Role::Arbiter), count(Role::Panel)), (arbiters, panel), "{found:?}");
	}
	let array = whole(&truth);
	let court = asked().draws(&[3]).seals(3, array).possesses(1, array).possesses(2, whole(&lie));
	court.opens_panel(3, array).ends_with(judged(array));
}

#[test]
fn arbiters_who_show_different_bytes_of_one_outcome_do_not_hurt_each_other() {
	let (truth, lie) = (contents(), forged(&[ITEM], 0));
	let (array, found) = (whole(&truth), of_item(&truth));
	let court = Court::about(policy(2), WASM_ENGINE, Some(ITEMS)).draws(&[1]).commits(1, array);
	let court = court.draws(&[2]).lapses().draws(&[3, 4]);
	let court = court.commits(3, array).commits(4, whole(&lie));
	let court = court.opens(1, array).opens(3, array).opens(4, whole(&lie));
	let court = court.posts(1, &truth).posts(3, &truth).posts(4, &lie);
	let court = court.posts(4, &lie).posts(3, &truth).posts(1, &truth).draws(&[5, 6, 7, 8]);
	// The first to be drawn made up its bytes; each has a majority with those whom they judge.
	let made_up = possession(lie_of_bytes(), NONCE);
	let sealed = court.panel_commitment(5, found, made_up);
	let court = court.does(Input::Commit(ClusterId(5), sealed)).seals(6, found);
	let court = court.does(Input::OpenPanel(ClusterId(5), opening(5, found), made_up));
	let court = court.opens_panel(6, found).ends_with(agreed(array));
	let shares = court.shares();
	assert_eq!((shares[3].conduct, shares[3].slash), (Dissented, FINE));
	assert_eq!([shares[4].conduct, shares[5].conduct], [Unjudged; 2]);
}

#[test]
fn where_the_panel_finds_what_arbiters_refuted_nobody_pays_before_an_appeal() {
	let array = whole(&contents());
	let claim = whole(&forged(&[ITEM, 299], 0));
	let court = refuted().draws(&[6, 7]).seals(6, claim).seals(7, claim).possesses(1, array);
	let court = court.opens_panel(6, claim).opens_panel(7, claim);
	let court = court.ends_with(Verdict::Inconclusive);
	assert!(court.shares().iter().all(|share| share.conduct == Unjudged && share.slash == 0));
	// Whoever was right gets it back, and the others pay.
	let right = court.clone().appeals().draws(&[11, 12, 13]);
	let right = right.decides(&[(11, array), (12, array), (13, array)]);
	let conducts = |court: &Court| -> Vec<_> {
		court.shares().iter().map(|share| share.conduct).take(7).collect()
	};
	let arbiters = [Agreed; 3];
	assert_eq!(conducts(&right), [&[Agreed, Dissented][..], &arbiters, &[Dissented; 2]].concat());
	let wrong = court.appeals().draws(&[11, 12, 13]);
	let wrong = wrong.decides(&[(11, claim), (12, claim), (13, claim)]);
	let arbiters = [Dissented; 3];
	assert_eq!(conducts(&wrong), [&[Dissented, Agreed][..], &arbiters, &[Agreed; 2]].concat());
}

#[test]
fn an_item_of_few_is_paid_like_a_part_of_the_whole() {
	let truth = &contents()[..2];
	let lie = &forged(&[1], 0)[..2];
	let court = Court::array_disputed(truth, lie).posts(1, truth).posts(2, lie);
	let court =
		court.draws(&[3, 4, 5, 6, 7]).decides(&[3, 4, 5].map(|one| (one, truth[1]))).lapses();
	assert!(court.shares()[2..].iter().all(|share| share.pay == PRICE / 2));
}

#[test]
fn an_arbiter_who_shows_other_bytes_votes_alone() {
	let (truth, lie) = (contents(), forged(&[ITEM], 0));
	let right = of_item(&truth);
	let mut court = Court::arbitrated(&truth, &lie, ITEM);
	let copied = possession(lie_of_bytes(), NONCE);
	let sealed = court.panel_commitment(3, right, copied);
	court = court.does(Input::Commit(ClusterId(3), sealed)).seals(4, right).seals(5, right);
	court = court.does(Input::OpenPanel(ClusterId(3), opening(3, right), copied));
	court = court.opens_panel(4, right).opens_panel(5, right);
	assert_eq!(court.shares(), vec![], "the survivor is still to be heard");
	let court = court.lapses();
	let conducts: Vec<_> = court.shares().iter().map(|share| share.conduct).collect();
	assert_eq!(conducts, [Unjudged, Dissented, Dissented, Agreed, Agreed]);
}

fn lie_of_bytes() -> Outcome {
	lie(7)
}

#[test]
fn arbiters_whom_the_requester_could_choose_take_no_bond() {
	let (truth, lie) = (contents(), forged(&[ITEM], 0));
	let court = Court::array_disputed(&truth, &lie).posts(1, &truth).posts(2, &lie);
	let court = court.posts(1, &truth).posts(2, &lie).draws_narrowly(&[3, 4, 5, 6, 7]);
	let wrong = of_item(&lie);
	let court = court.decides(&[(3, wrong), (4, wrong), (5, wrong)]).lapses();
	assert_eq!(court.shares()[0].conduct, Dissented);
	assert!(court.shares().iter().all(|share| share.slash == 0));
}

#[test]
fn whoever_posts_nothing_forfeits() {
	let (truth, lie) = (contents(), forged(&[ITEM], 0));
	let court = Court::array_disputed(&truth, &lie).posts(1, &truth).lapses();
	assert_eq!(court.act(2), Act::Silent);
	// The one who is left gets the panel that any silence brings.
	let court = court.reaches(Stage::PanelDrawing).follows(&[Effect::Draw(3)]);
	assert_eq!(court.trial.drawing_role(), Some(Role::Panel));
	let court = Court::array_disputed(&truth, &lie).lapses().reaches(Stage::PanelDrawing);
	assert_eq!([court.act(1), court.act(2)], [Act::Silent; 2]);
	let array = whole(&truth);
	let court = court.draws(&[3, 4, 5]).decides(&[(3, array), (4, array), (5, array)]);
	court.ends_with(judged(array));
}

#[test]
fn of_three_who_differ_two_who_are_right_are_enough() {
	let (truth, lie) = (contents(), forged(&[ITEM], 0));
	let (array, claim) = (whole(&truth), whole(&lie));
	let court = Court::about(policy(2), WASM_ENGINE, Some(ITEMS)).draws(&[1]).commits(1, array);
	let court = court.draws(&[2]).lapses().draws(&[3, 4]).commits(3, array).commits(4, claim);
	let court = court.opens(1, array).opens(3, array).opens(4, claim);
	let court = court.posts(1, &truth).posts(3, &truth).posts(4, &lie);
	let court = court.posts(4, &lie).posts(3, &truth).posts(1, &truth);
	let court = court.follows(&[Effect::Draw(4)]).draws(&[5, 6, 7, 8]);
	let found = of_item(&truth);
	let court = court.decides(&[(5, found), (6, found)]).ends_with(agreed(array));
	court.settles(&[
		(1, Agreed, PRICE, 0),
		(2, Absent, 0, 0),
		(3, Agreed, PRICE, 0),
		(4, Dissented, 0, FINE),
		(5, Agreed, ERRAND, 0),
		(6, Agreed, ERRAND, 0),
	]);
}

#[test]
fn the_first_place_of_three_is_found_in_whatever_order_they_post() {
	let all = [contents(), forged(&[200], 1), forged(&[ITEM], 2)];
	let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
	for order in orders {
		let court = Court::about(policy(2), WASM_ENGINE, Some(ITEMS)).draws(&[1]);
		let court = court.commits(1, whole(&all[0])).draws(&[9]).lapses().draws(&[2, 3]);
		let court = court.commits(2, whole(&all[1])).commits(3, whole(&all[2]));
		let mut court =
			(0..3u32).fold(court, |court, at| court.opens(at + 1, whole(&all[at as usize])));
		for _ in 0..2 {
			court = order.iter().fold(court, |court, at| court.posts(*at as u32 + 1, &all[*at]));
		}
		let narrowing = court.trial.narrowing.as_ref().unwrap();
		assert_eq!(narrowing.item, Some(ITEM), "{order:?}");
		for (at, contents) in all.iter().enumerate() {
			let leaf = array::item_leaf(ITEM, &of_item(contents));
			assert_eq!(narrowing.claim(ClusterId(at as u32 + 1)), Some(leaf), "{order:?}");
		}
	}
}

#[test]
fn what_is_posted_has_to_lead_to_the_claim() {
	let (truth, lie) = (contents(), forged(&[ITEM], 0));
	let court = Court::array_disputed(&truth, &lie);
	let foreign = court.posting(1, &lie);
	let court = court.refuses(foreign, Refusal::ClaimMismatch);
	let mut short = court.nodes(&truth);
	short.pop();
	let cluster = ClusterId(1);
	let short = Input::Narrow { cluster, nodes: short, reference: vec![] };
	let court = court.refuses(short, Refusal::ClaimMismatch).posts(1, &truth);
	let again = court.posting(1, &truth);
	let court = court.refuses(again, Refusal::AlreadyActed);
	// Whoever forgot what the first one posted, or kept something else, must not decide.
	for reference in [vec![], court.nodes(&lie), vec![[0; 32]; 3]] {
		let nodes = court.nodes(&lie);
		let input = Input::Narrow { cluster: ClusterId(2), nodes, reference };
		court.clone().refuses(input, Refusal::ClaimMismatch);
	}
	let stranger = court.posting(9, &truth);
	let court = court.refuses(stranger, Refusal::NotDrawn).posts(2, &lie);
	let roots = array::subtree_roots(&array::leaves(&truth));
	let early = Input::Narrow { cluster, nodes: roots, reference: vec![] };
	let court = court.refuses(early, Refusal::ClaimMismatch);
	let late = court.clone().posting(1, &truth);
	let mut court = court;
	court.now = court.trial.deadline + 1;
	court.refuses(late, Refusal::TooLate);
	let posting = Court::accepted(truth_of_one()).posting(1, &truth);
	Court::accepted(truth_of_one()).refuses(posting, Refusal::WrongStage);
}

fn truth_of_one() -> Outcome {
	truth()
}

#[test]
fn an_array_as_a_whole_never_fails() {
	let court = Court::about(policy(2), WASM_ENGINE, Some(ITEMS)).draws(&[1]);
	let court = court.commits(1, failure()).draws(&[2]);
	let says = Input::Answer(ClusterId(2), failure(), opening(2, failure()).evidence_root);
	let court = court.refuses(says, Refusal::NoArray).answers(2, whole(&contents()));
	court.refuses(Input::Open(ClusterId(1), opening(1, failure())), Refusal::NoArray);
	let court = refuted().draws(&[6, 7]).seals(6, failure()).seals(7, failure());
	let court = court.possesses(1, whole(&contents()));
	let shown = possession(failure(), NONCE);
	let opens = Input::OpenPanel(ClusterId(6), opening(6, failure()), shown);
	court.refuses(opens, Refusal::NoArray);
}

#[test]
fn an_item_may_fail() {
	let mut truth = contents();
	truth[usize::from(ITEM)] = failure();
	let lie = forged(&[ITEM], 0);
	let court = Court::arbitrated(&truth, &lie, ITEM);
	let court = court.decides(&[(3, failure()), (4, failure()), (5, failure())]);
	assert!(matches!(court.act(2), Act::Refuted { .. }));
}

#[test]
fn arbiters_show_nothing_and_are_not_replaced() {
	let (truth, lie) = (contents(), forged(&[ITEM], 0));
	let court = Court::arbitrated(&truth, &lie, ITEM);
	let possess = Input::Possess(ClusterId(1), possession(whole(&truth), NONCE));
	let court = court.refuses(possess, Refusal::WrongStage).abstains(3).seals(4, of_item(&truth));
	let court = court.lapses().reaches(Stage::PanelOpening).opens_panel(4, of_item(&truth));
	let court = court.reaches(Stage::PanelDrawing).follows(&[Effect::Draw(3)]);
	court.lapses().ends_with(Verdict::Inconclusive);
	let court = Court::arbitrated(&truth, &lie, ITEM).lapses();
	court.reaches(Stage::PanelDrawing).lapses().ends_with(Verdict::Inconclusive);
}

#[test]
fn an_appeal_judges_the_arbiters_as_well() {
	// The arbiters belong to the liar.
	let (honest, liar) = (contents(), forged(&[ITEM], 0));
	let wrong = of_item(&liar);
	let court = Court::arbitrated(&honest, &liar, ITEM);
	let court = court.decides(&[(3, wrong), (4, wrong), (5, wrong)]).draws(&[6, 7]);
	let (array, claim) = (whole(&honest), whole(&liar));
	let court = court.seals(6, claim).seals(7, claim).possesses(2, claim);
	let court = court.opens_panel(6, claim).opens_panel(7, claim).ends_with(judged(claim));
	let court = court.appeals().draws(&[11, 12, 13]);
	let court = court.decides(&[(11, array), (12, array), (13, array)]);
	let court = court.ends_with(corrected(array));
	let conducts: Vec<_> = court.shares().iter().map(|share| share.conduct).collect();
	let wrong = [Dissented; 6];
	assert_eq!(conducts, [&[Agreed][..], &wrong, &[Agreed; 3]].concat());
}

#[test]
fn an_appeal_that_finds_a_third_thing_leaves_the_arbiters_as_they_were() {
	let found = of_item(&contents());
	let court = Court::arbitrated(&forged(&[ITEM], 1), &forged(&[ITEM], 0), ITEM);
	let court = court.decides(&[(3, found), (4, found), (5, found)]).ends_with(Verdict::Refuted);
	let array = whole(&contents());
	let court = court.appeals().draws(&[11, 12, 13]);
	let court = court.decides(&[(11, array), (12, array), (13, array)]).ends_with(corrected(array));
	let conducts: Vec<_> = court.shares().iter().map(|share| share.conduct).collect();
	// They judged the item, and nobody has shown that they were wrong.
	let expected = [&[Dissented; 2][..], &[Agreed; 3], &[Agreed; 3]].concat();
	assert_eq!(conducts, expected);
}

#[test]
fn an_appeal_that_finds_a_third_thing_spares_an_arbiter_who_was_outvoted() {
	// Two arbiters belong to one of the liars, who forged another item as well.
	let (one, other) = (forged(&[ITEM, 299], 1), forged(&[ITEM], 0));
	let (wrong, right) = (of_item(&one), of_item(&contents()));
	let court = Court::arbitrated(&one, &other, ITEM);
	let court = court.decides(&[(3, wrong), (4, wrong), (5, right)]).lapses();
	let court = court.ends_with(Verdict::Inconclusive);
	assert_eq!((court.shares()[4].conduct, court.shares()[4].slash), (Dissented, FINE));
	let array = whole(&contents());
	let court = court.appeals().draws(&[11, 12, 13]);
	let court = court.decides(&[(11, array), (12, array), (13, array)]).ends_with(corrected(array));
	let share = court.shares()[4];
	assert_eq!((share.conduct, share.pay, share.slash), (Unjudged, ERRAND / 2, 0));
}

#[test]
fn an_appeal_that_upholds_the_survivor_fines_who_lied_about_the_item_only() {
	let (truth, lie) = (contents(), forged(&[ITEM], 0));
	let (right, wrong, array) = (of_item(&truth), of_item(&lie), whole(&truth));
	let mut court = Court::arbitrated(&truth, &lie, ITEM);
	// Two agree on bytes that they made up, though on the right outcome.
	let made_up = possession(lie_of_bytes(), NONCE);
	for member in [3, 4] {
		let sealed = court.panel_commitment(member, right, made_up);
		court = court.does(Input::Commit(ClusterId(member), sealed));
	}
	court = court.seals(5, wrong);
	for member in [3, 4] {
		court = court.does(Input::OpenPanel(ClusterId(member), opening(member, right), made_up));
	}
	let court = court.opens_panel(5, wrong).draws(&[6, 7]).seals(6, array).seals(7, array);
	let court = court.possesses(1, array).opens_panel(6, array).opens_panel(7, array);
	let court = court.ends_with(judged(array)).appeals().draws(&[11, 12, 13]);
	let court = court.decides(&[(11, array), (12, array), (13, array)]);
	let conducts: Vec<_> = court.shares().iter().map(|share| share.conduct).collect();
	assert_eq!(conducts[..5], [Agreed, Dissented, Agreed, Agreed, Dissented]);
}

#[test]
fn an_array_has_items_and_a_quorum_of_two() {
	use crate::matching::request;
	let mut asked = request();
	for (items, fits) in [(0, false), (1, true), (array::MAX_ITEMS, true), (u16::MAX, false)] {
		asked.workload.items = Some(items);
		let expected = if fits { Ok(()) } else { Err(Malformed::BadItems) };
		assert_eq!(asked.check(), expected, "{items}");
	}
	asked.workload.items = Some(5);
	asked.policy.check = Check::Verified { quorum: 3, panel: 3 };
	assert_eq!(asked.check(), Err(Malformed::ArrayQuorum));
	asked.policy.check = Check::Audited { floor: 5 };
	assert_eq!(asked.check(), Ok(()));
}

/// What somebody claims, and how it behaves where it is asked for more.
#[derive(Clone, Debug)]
struct Actor {
	forged: Vec<u16>,
	gang: u8,
	/// At which of its acts, counted from the first after it is bound, it falls silent.
	silent_at: u8,
	abstains: bool,
}

impl Actor {
	fn contents(&self) -> Vec<Outcome> {
		forged(&self.forged, self.gang)
	}

	fn is_honest(&self) -> bool {
		self.forged.is_empty() && self.silent_at > 9 && !self.abstains
	}
}

fn actor() -> impl Strategy<Value = Actor> {
	let items = prop_oneof![Just(0u16), Just(ITEM), Just(200), Just(299)];
	let lies = prop::collection::vec(items, 1..3);
	let forged = prop_oneof![1 => Just(vec![]), 1 => lies];
	let silent_at = prop_oneof![4 => Just(10u8), 1 => 0..3u8];
	(forged, 0..2u8, silent_at, prop::bool::weighted(0.05))
		.prop_map(|(forged, gang, silent_at, abstains)| Actor { forged, gang, silent_at, abstains })
}

/// Lets everybody do what it would, the clusters in this order; those who say nothing let the deadline pass.
fn play(policy: Policy, actors: &[Actor], reverse: bool) -> Court {
	let mut court = Court::about(policy, WASM_ENGINE, Some(ITEMS));
	court.audit_percent = 100;
	let mut acts = vec![0u8; actors.len()];
	let mut next = 0;
	for _ in 0..60 {
		if matches!(court.trial.stage, Stage::Decided(_)) {
			break;
		}
		if court.trial.drawing_role().is_some() {
			let wanted = usize::from(court.trial.wanted);
			let fresh: Vec<u32> = (next..actors.len() as u32).take(wanted).collect();
			let found = court.found(&fresh, Breadth::Open);
			let before = court.trial.executions.len();
			match court.step(found) {
				Ok(()) => next += (court.trial.executions.len() - before) as u32,
				Err(_) => court = court.lapses(),
			}
			continue;
		}
		let mut order: Vec<u32> = court.trial.executions.iter().map(|one| one.cluster.0).collect();
		if reverse {
			order.reverse();
		}
		let mut did = false;
		for cluster in order {
			let actor = &actors[cluster as usize];
			let Some(input) = wants(&court, cluster, actor) else { continue };
			if acts[cluster as usize] >= actor.silent_at {
				continue;
			}
			let stage = court.trial.stage;
			court.step(input.clone()).unwrap_or_else(|refusal| panic!("{refusal:?}: {input:?}"));
			acts[cluster as usize] += 1;
			did = true;
			if court.trial.stage != stage {
				break;
			}
		}
		if !did {
			court = court.lapses();
		}
	}
	court
}

fn wants(court: &Court, cluster: u32, actor: &Actor) -> Option<Input> {
	let trial = &court.trial;
	let id = ClusterId(cluster);
	let one = trial.execution(id)?;
	let contents = actor.contents();
	let item = trial.narrowing.as_ref().and_then(|narrowing| narrowing.item);
	let found = match (one.role, item) {
		(Role::Arbiter, Some(item)) => contents[usize::from(item)],
		_ => whole(&contents),
	};
	let shown = possession(found, court.nonce());
	if one.act == Act::Drawn && actor.abstains {
		return Some(Input::Abstain(id));
	}
	match (trial.stage, one.role, one.act) {
		(Stage::Verifying, _, Act::Drawn) if !trial.verifiers_seal() => {
			Some(Input::Answer(id, found, opening(cluster, found).evidence_root))
		},
		(Stage::Executing | Stage::Verifying, _, Act::Drawn) => {
			Some(Input::Commit(id, court.commitment(cluster, found)))
		},
		(Stage::Opening, _, Act::Committed(_)) => Some(Input::Open(id, opening(cluster, found))),
		(Stage::Splitting | Stage::Narrowing, _, Act::Opened { .. }) => {
			let parties = &trial.narrowing.as_ref()?.parties;
			let posted = parties.iter().find(|party| party.cluster == id)?.posted;
			posted.is_none().then(|| court.posting(cluster, &contents))
		},
		(Stage::PanelSealing, _, Act::Drawn) => {
			Some(Input::Commit(id, court.panel_commitment(cluster, found, shown)))
		},
		(Stage::PanelShowing, _, Act::Opened { .. }) => Some(Input::Possess(id, shown)),
		(Stage::PanelOpening, role, Act::Committed(_)) if role == trial.bench() => {
			Some(Input::OpenPanel(id, opening(cluster, found), shown))
		},
		_ => None,
	}
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(200))]

	#[test]
	fn whoever_differs_the_rules_hold(
		actors in prop::collection::vec(actor(), 2..14),
		panel in prop_oneof![Just(1u8), Just(3)],
		reverse: bool,
	) {
		let policy = Policy { check: Check::Verified { quorum: 2, panel }, ..policy(2) };
		let court = play(policy, &actors, reverse);
		let trial = &court.trial;
		let Stage::Decided(verdict) = trial.stage else { panic!("no verdict: {trial:?}") };
		prop_assert!(trial.executions.len() as u32 <= MAX_EXECUTIONS);
		prop_assert!(from_escrow(&court) <= policy.worst_case(PRICE).unwrap(), "the hold is short");
		let busy = trial.executions.iter().filter(|one| one.act.counts()).count();
		prop_assert!(busy <= 8, "more slots are freed at once than the chain allows for");
		let honest = |role: Role| {
			let own = trial.executions.iter().filter(|one| one.role == role);
			own.filter(|one| actors[one.cluster.0 as usize].is_honest()).count()
		};
		let arbiters = trial.narrowing.as_ref().map_or(0, |narrowing| narrowing.seats);
		let parties = honest(Role::Executor) + honest(Role::Verifier);
		let first = |one: &&Execution| matches!(one.role, Role::Executor | Role::Verifier);
		let first = trial.executions.iter().filter(first).filter(|one| one.act.counts()).count();
		let voters = usize::from(arbiters) + first;
		let fair_item = arbiters == 0 || (parties + honest(Role::Arbiter)) * 2 > voters;
		let fair_panel = trial.panel_seats == 0
			|| (parties + honest(Role::Panel)) * 2 > usize::from(trial.voters());
		for (one, share) in trial.executions.iter().zip(court.shares()) {
			if actors[one.cluster.0 as usize].is_honest() && fair_item && fair_panel {
				prop_assert_eq!(share.slash, 0, "an honest {:?} lost bond: {:?}", one.role, trial);
			}
			prop_assert!(share.pay == 0 || share.slash == 0);
		}
		if let Verdict::Accepted { outcome, .. } = verdict {
			if outcome != whole(&contents()) {
				let all = trial.executions.iter();
				let liars = all.filter(|one| one.act.outcome() == Some(outcome)).count();
				prop_assert!(liars >= 2, "one liar alone was believed");
			}
		}
	}
}
