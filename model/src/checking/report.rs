// SPDX-License-Identifier: GPL-3.0-or-later
//! Runs a check and says in one line how it went, or step by step how it failed.

use stateright::{Checker, Expectation, HasDiscoveries, Model};
use std::{collections::BTreeSet, fmt::Debug, hash::Hash, time::Instant};

/// A model that can tell what happened in words.
pub trait Readable: Model {
	/// One line about an action and the state it led to.
	fn line(&self, action: Option<&Self::Action>, state: &Self::State) -> String;
	/// What the last state of a run looks like, one line for each thing in it.
	fn end(&self, state: &Self::State) -> Vec<String>;
}

/// Checks `model` with two threads and prints the result. Whether all is well.
pub fn check<M>(name: &str, model: M) -> bool
where
	M: Readable + Clone + Send + Sync + 'static,
	M::State: Clone + Debug + PartialEq + Hash + Send + Sync + 'static,
	M::Action: Clone + Debug + PartialEq + Send + Sync + 'static,
{
	let started = Instant::now();
	// Depth first keeps few states in memory.
	let checker = model.clone().checker().threads(2).finish_when(HasDiscoveries::AnyFailures);
	let checker = checker.spawn_dfs().join();
	let found: BTreeSet<&str> = checker.discoveries().keys().copied().collect();
	let failed = model.properties().into_iter().find(|property| {
		found.contains(property.name) == (property.expectation == Expectation::Always)
	});
	let always = |one: &stateright::Property<M>| one.expectation == Expectation::Always;
	let count = model.properties().iter().filter(|one| always(one)).count();
	println!(
		"{name:<58} {:>9} states  depth {:>3}  {:>6.1} s  {count} properties  {}",
		checker.unique_state_count(),
		checker.max_depth(),
		started.elapsed().as_secs_f32(),
		if failed.is_none() { "OK" } else { "FAILED" },
	);
	let Some(failed) = failed else { return true };
	if failed.expectation == Expectation::Sometimes {
		println!("  never seen: {}", failed.name);
		return false;
	}
	println!("  does not hold: {}", failed.name);
	// Step by step deeper, so that the way there is a shortest one.
	let only = HasDiscoveries::AnyOf(BTreeSet::from([failed.name]));
	let path = (2..=checker.max_depth() + 1).find_map(|depth| {
		let bounded = model.clone().checker().finish_when(only.clone()).target_max_depth(depth);
		bounded.spawn_bfs().join().discovery(failed.name)
	});
	let Some(path) = path else { return false };
	let steps = path.into_vec();
	let mut action = None;
	for (number, (state, next)) in steps.iter().enumerate() {
		println!("  {number:>3}  {}", model.line(action, state));
		action = next.as_ref();
	}
	for line in steps.last().map_or(vec![], |(state, _)| model.end(state)) {
		println!("       {line}");
	}
	false
}
